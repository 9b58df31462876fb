"""What holds for every mail port."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from shared.mail.port import Mail, MailRefused
from tests.conformance.mail.conftest import Arrived

ID = UUID(int=7)


def mail(to: str = "nadia@demain.example", *, id: UUID = ID, subject: str = "L’énergie, déjà") -> Mail:
    return Mail(id, to, subject, "Bonjour à tous,\n\n.\n\nFin\n", "<p>Bonjour à tous,</p>\n", "fr")


async def test_a_mail_arrives_as_it_was_written(arrived: Arrived) -> None:
    await arrived.port.send(mail())

    [message] = arrived.messages()
    assert str(message["From"]) == "Demain <forum@demain.example>"
    assert str(message["To"]) == "nadia@demain.example"
    assert str(message["Subject"]) == "L’énergie, déjà"
    assert str(message["Message-ID"]) == f"<{ID}@demain.example>"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert message["Date"].datetime.tzinfo is not None
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    assert plain.get_content().replace("\r\n", "\n") == "Bonjour à tous,\n\n.\n\nFin\n"
    assert html.get_content().replace("\r\n", "\n") == "<p>Bonjour à tous,</p>\n"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_mails_arrive_in_order(arrived: Arrived) -> None:
    for number in range(5):
        await arrived.port.send(mail(id=uuid4(), subject=str(number)))

    assert [str(one["Subject"]) for one in arrived.messages()] == list("01234")


async def test_an_address_with_accents(arrived: Arrived) -> None:
    await arrived.port.send(mail("hélène@exemple.example"))

    [message] = arrived.messages()
    assert str(message["To"]) == "hélène@exemple.example"


@pytest.mark.parametrize("subject", ["Un\r\nBcc: other@demain.example", "Un\nBcc: other@demain.example"])
async def test_no_header_comes_in_through_the_subject(arrived: Arrived, subject: str) -> None:
    await arrived.port.send(mail(subject=subject))

    [message] = arrived.messages()
    assert message["Bcc"] is None
    assert str(message["Subject"]) == "Un Bcc: other@demain.example"


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: c@d.example", "a@b.example\nRCPT TO:<c@d.example>", "@", ""])
async def test_what_is_no_address_is_refused(arrived: Arrived, to: str) -> None:
    with pytest.raises(MailRefused) as raised:
        await arrived.port.send(mail(to))

    assert arrived.messages() == []
    assert "example" not in str(raised.value)


def test_nobody_is_named_where_a_mail_is_shown() -> None:
    shown = repr(mail())
    assert not any(one in shown for one in ("nadia", "énergie", "Bonjour"))
