"""What holds for mails over SMTP: protection, sign-in, and what a refusal means."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from shared.mail.port import MailAway, MailRefused
from shared.mail.smtp_mail import SmtpMail, SmtpServer
from tests.conformance.mail.conftest import PASSWORD, SENDER, USER, Server, serving
from tests.conformance.mail.test_mail import mail

Certificate = tuple[Path, Path]


@pytest.mark.parametrize(("security", "login"), [("tls", False), ("off", False), ("starttls", False)])
async def test_other_kinds_of_servers(certificate: Certificate, security: str, login: bool) -> None:
    async with serving(certificate, security=security, login=login) as server:
        await server.port.send(mail())
        assert server.handler.recipients == ["nadia@demain.example"]


async def test_a_certificate_of_a_stranger_is_not_believed(smtp: Server) -> None:
    wary = SmtpMail(smtp.port._server, SENDER, timeout=5, trust=ssl.create_default_context())

    with pytest.raises(MailAway, match="SSL"):
        await wary.send(mail())
    assert smtp.messages() == []


async def test_nothing_is_sent_to_a_server_without_the_protection_that_was_asked_for(certificate: Certificate) -> None:
    async with serving(certificate, security="off", login=False) as server:
        number = server.port._server.port
        with pytest.raises(MailAway, match="no STARTTLS"):
            await SmtpMail(SmtpServer("localhost", number, "starttls"), SENDER, timeout=5).send(mail())
        assert server.messages() == []


async def test_a_wrong_password_waits_for_the_operator_and_is_not_repeated(smtp: Server) -> None:
    known = smtp.port._server
    wrong = SmtpServer(known.host, known.port, known.security, USER, "wrong-password")

    with pytest.raises(MailAway) as raised:
        await SmtpMail(wrong, SENDER, timeout=5, trust=smtp.port._trust).send(mail())
    assert "535" in str(raised.value)
    assert "wrong-password" not in str(raised.value) + repr(wrong)


@pytest.mark.parametrize("stage", ["at_recipient", "at_data"])
@pytest.mark.parametrize(
    ("answer", "kind"), [("550 no such user nadia@demain.example", MailRefused), ("451 greylisted", MailAway)]
)
async def test_what_a_refusal_means(smtp: Server, stage: str, answer: str, kind: type[Exception]) -> None:
    setattr(smtp.handler, stage, answer)

    with pytest.raises(kind, match=answer[:3]) as raised:
        await smtp.port.send(mail())
    assert "nadia" not in str(raised.value)
    setattr(smtp.handler, stage, "")
    await smtp.port.send(mail())
    assert len(smtp.messages()) == 1


async def test_a_server_that_is_not_there_is_away() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = SmtpMail(SmtpServer("127.0.0.1", taken.getsockname()[1], "off"), SENDER, timeout=5)
        with pytest.raises(MailAway, match="ConnectionRefusedError"):
            await port.send(mail())


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, "starttls")),
        ("smtps://u:p@mail.example", SmtpServer("mail.example", 465, "tls", "u", "p")),
        ("smtp://u%40x:p%2F%3A@mail.example:2525/", SmtpServer("mail.example", 2525, "starttls", "u@x", "p/:")),
        ("smtp://127.0.0.1:25?tls=off", SmtpServer("127.0.0.1", 25, "off")),
    ],
)
def test_addresses_of_servers(url: str, server: SmtpServer) -> None:
    read = SmtpServer.of(url)
    assert read == server
    assert read.password == server.password


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtp://h/x", "smtp://h?tls=maybe", "smtp://h?x=1",
     "smtps://h?tls=off", "smtp://u:hunter2@h?tls=off", "ftp://u:hunter2@h", "smtp://u:hunter2%C3%A9@h"],
)  # fmt: skip
def test_what_is_no_address_is_said_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError) as raised:
        SmtpServer.of(url)
    assert "hunter2" not in str(raised.value)


def test_passwords_are_not_shown() -> None:
    assert PASSWORD not in repr(SmtpServer("h", 1, "tls", USER, PASSWORD))
