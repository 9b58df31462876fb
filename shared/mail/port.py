"""The mail port: what a mail is, who takes it, and what can go wrong.

Two adapters, one conformance suite: `smtp_mail` hands mails to a server, `folder_mail` writes them as files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Protocol
from uuid import UUID


class MailAway(Exception):
    """The mail cannot be handed over now; try again later. The text holds no address."""


class MailRefused(Exception):
    """This mail will never be taken, such as for an address that is none. The text holds no address."""


@dataclass(frozen=True)
class Mail:
    """One mail to one person. Its ``id`` is its ``Message-ID``: sent again, it is recognised as the same."""

    id: UUID
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: str = "fr"
    person: UUID | None = None
    """Whom it is about, for who keeps mails; it does not travel."""

    def message(self, sender: str) -> EmailMessage:
        """The mail as it travels (RFC 5322), plain text first. Raises MailRefused for what cannot be an address."""
        ascii_only = self.to.isascii()
        message = EmailMessage(policy=SMTP if ascii_only else SMTPUTF8)
        try:
            local, _, domain = self.to.rpartition("@")
            if not local or not domain:
                raise ValueError("no address")
            message["From"] = sender
            message["To"] = Address(username=local, domain=domain)
            message["Subject"] = " ".join(self.subject.split())
            message["Date"] = format_datetime(datetime.now(UTC))
            sending_domain = message["From"].addresses[0].domain
        except (ValueError, IndexError) as error:
            raise MailRefused(f"it cannot be addressed: {type(error).__name__}") from None
        message["Message-ID"] = f"<{self.id}@{sending_domain}>"
        message["Content-Language"] = self.language
        # RFC 3834: whoever answers by machine need not answer this.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        return message


class MailPort(Protocol):
    """Takes mails."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises MailAway, MailRefused."""
        ...

    async def forget(self, person: UUID, address: str) -> None:
        """Delete what was kept of mails about a person, or to an address. Raises MailAway."""
        ...


@dataclass(frozen=True)
class KeptMail:
    """A mail that was kept instead of being sent."""

    name: str
    """Names it in its mailbox."""
    written_at: datetime
    to: str
    subject: str
    text: str


class Mailbox(Protocol):
    """Mails that were kept instead of being sent, for whoever tries Demain on their own machine."""

    async def newest(self, limit: int) -> list[KeptMail]:
        """The newest mails, newest first."""
        ...

    async def read(self, name: str) -> KeptMail | None:
        """One of them; None if there is none of that name."""
        ...
