"""The two mail ports, each with a way to read what arrived: a folder, and a real SMTP server on this machine."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from shared.mail.folder_mail import FolderMail
from shared.mail.port import MailPort
from shared.mail.smtp_mail import SmtpMail, SmtpServer

SENDER = "Demain <forum@demain.example>"
USER, PASSWORD = "demain", "un mot de passe: d'automne"


class Arrived(Protocol):
    """Where mails arrive."""

    port: MailPort

    def messages(self) -> list[EmailMessage]: ...


@dataclass
class Folder:
    port: FolderMail

    def messages(self) -> list[EmailMessage]:
        return [_parsed(one.read_bytes()) for one in sorted(self.port.folder.glob("*.eml"))]


@dataclass
class Handler:
    """Keeps what it takes; answers what it is told to."""

    contents: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    at_recipient: str = ""
    at_data: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.at_data:
            return self.at_data
        self.contents.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@dataclass
class Server:
    handler: Handler
    port: SmtpMail

    def messages(self) -> list[EmailMessage]:
        return [_parsed(one) for one in self.handler.contents]


def _parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for localhost."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


@asynccontextmanager
async def serving(
    certificate: tuple[Path, Path], *, security: str = "starttls", login: bool = True
) -> AsyncIterator[Server]:
    """A server that wants to be protected as ``security`` says, and a port that hands mails to it."""
    key, chain = certificate
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(chain, key)
    handler = Handler()

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    options: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "localhost"}
    if security == "starttls":
        options |= {"tls_context": served, "require_starttls": True}
    if login:
        options |= {"authenticator": authenticate, "auth_required": True}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, **options), "127.0.0.1", 0, ssl=served if security == "tls" else None
    )
    user, password = (USER, PASSWORD) if login else ("", "")
    port = SmtpMail(
        SmtpServer("localhost", server.sockets[0].getsockname()[1], security, user, password),
        SENDER,
        timeout=5,
        trust=ssl.create_default_context(cafile=str(chain)),
    )
    try:
        yield Server(handler, port)
    finally:
        server.close()


@pytest.fixture
async def smtp(certificate: tuple[Path, Path]) -> AsyncIterator[Server]:
    """A server with STARTTLS and sign-in."""
    async with serving(certificate) as server:
        yield server


@pytest.fixture(params=["folder", "smtp"])
async def arrived(request: pytest.FixtureRequest, tmp_path: Path, smtp: Server) -> Arrived:
    return Folder(FolderMail(tmp_path / "mail", SENDER)) if request.param == "folder" else smtp
