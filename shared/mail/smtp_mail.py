"""Mails over SMTP (RFC 5321), with the standard library's client in a thread.

A few mails a minute need no client of their own kind; each has a connection of its own, so that a server that
went away between two of them is noticed by none.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from shared.mail.port import Mail, MailAway, MailRefused

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """Where mails are handed over, and how."""

    host: str
    port: int
    security: str
    """``tls`` from the first byte, ``starttls`` (required, or nothing is sent), or ``off``."""
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> SmtpServer:
        """Read ``smtp://user:password@host:587`` (STARTTLS) or ``smtps://…:465`` (TLS).

        ``smtp://host:25?tls=off`` sends unprotected, for a relay on the same machine. Raises ValueError with a
        sentence that does not repeat the address, which may hold a password.
        """
        parts = urlsplit(url)
        try:
            port = parts.port or _PORTS[parts.scheme]
        except (KeyError, ValueError):
            raise ValueError("is not an address; write it like smtp://user:password@host:587") from None
        options = parse_qs(parts.query, keep_blank_values=True)
        if not parts.hostname or parts.path not in ("", "/") or options not in ({}, {"tls": ["off"]}):
            raise ValueError("is not an address; write it like smtp://user:password@host:587")
        security = "tls" if parts.scheme == "smtps" else "starttls"
        if options:
            if parts.scheme == "smtps":
                raise ValueError("smtps:// and ?tls=off contradict each other; take one of them away")
            if parts.username:
                raise ValueError("a password is not sent without TLS; take ?tls=off away")
            security = "off"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not (user + password).isascii():
            raise ValueError("a user or password with accents is not supported; choose another one")
        return cls(parts.hostname, port, security, user, password)


class SmtpMail:
    """A `MailPort` that hands mails to a server. Construction connects to nothing."""

    def __init__(
        self, server: SmtpServer, sender: str, *, timeout: float = 20.0, trust: ssl.SSLContext | None = None
    ) -> None:
        """``timeout`` in seconds holds for each step; ``trust`` says whose certificates are believed."""
        self._server = server
        self._sender = sender
        self._timeout = timeout
        self._trust = trust or ssl.create_default_context()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="smtp")

    async def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises MailAway, MailRefused; neither repeats what the server said, it may name people."""
        message = mail.message(self._sender)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._send, mail, message)

    async def forget(self, person: UUID, address: str) -> None:
        """Nothing is kept here; what the server and the one who got the mails keep is theirs."""

    def _send(self, mail: Mail, message: EmailMessage) -> None:
        try:
            with self._connected() as smtp:
                smtp.send_message(message, to_addrs=[mail.to])
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            raise _failure(code, "the recipient") from None
        except smtplib.SMTPDataError as error:
            raise _failure(error.smtp_code, "the mail") from None
        except smtplib.SMTPNotSupportedError:
            raise MailRefused("the server takes no addresses with accents (SMTPUTF8)") from None
        except smtplib.SMTPResponseException as error:
            # The sender or the sign-in was refused: the operator mends that, no mail is to be lost for it.
            raise MailAway(f"{type(error).__name__}, code {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailAway(type(error).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP
        if server.security == "tls":
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=self._trust)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.security == "starttls":
                try:
                    smtp.starttls(context=self._trust)
                except smtplib.SMTPNotSupportedError:
                    raise MailAway("the server offers no STARTTLS; see ?tls=off") from None
            if server.user:
                try:
                    smtp.login(server.user, server.password)
                except smtplib.SMTPNotSupportedError:
                    raise MailAway("the server lets nobody sign in") from None
        except BaseException:
            smtp.close()
            raise
        return smtp


def _failure(code: int, what: str) -> MailAway | MailRefused:
    """What a refusal means: 5xx is for ever, all else (greylisting, a full box) passes (RFC 5321, 4.2.1)."""
    kind = MailRefused if 500 <= code < 600 else MailAway
    return kind(f"the server refused {what}, code {code}")
