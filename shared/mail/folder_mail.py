"""Mails as files: ``<data>/mail/<time>-<id>.eml``, readable by their owner only.

For the embedded platform, which has no mail server. Any mail program opens them.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

from shared.mail.port import KeptMail, Mail, MailAway

_PERSON = "X-Demain-Person"
_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f-]{36}")


class FolderMail:
    """A `MailPort` and `Mailbox` in a folder, which is made when the first mail comes."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write the mail; the same one a second time changes nothing. Raises MailAway, MailRefused."""
        message = mail.message(self._sender)
        if mail.person is not None:
            message[_PERSON] = str(mail.person)
        content = message.as_bytes()
        try:
            await asyncio.to_thread(self._write, mail, content)
        except OSError as error:
            raise MailAway(f"the mail folder cannot be written: {error.strerror}") from error

    def _write(self, mail: Mail, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(self.folder.glob(f"*-{mail.id}.eml")):
            return
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{mail.id}"
        # Renamed when it is whole, so that nobody reads half a mail.
        unfinished = self.folder / f".{name}"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.rename(self.folder / f"{name}.eml")

    async def forget(self, person: UUID, address: str) -> None:
        """Delete the mails about a person, whatever address they had then, and to an address. Raises MailAway."""
        try:
            await asyncio.to_thread(self._forget, str(person), address)
        except OSError as error:
            raise MailAway(f"the mail folder cannot be written: {error.strerror}") from error

    def _forget(self, person: str, address: str) -> None:
        # Also what a process that died left unfinished.
        for file in (*self.folder.glob("*.eml"), *self.folder.glob(".[0-9]*")):
            message = message_from_bytes(file.read_bytes(), policy=default)
            to = {one.addr_spec for one in getattr(message["To"], "addresses", ())}
            if address in to or message[_PERSON] == person:
                file.unlink(missing_ok=True)

    async def newest(self, limit: int) -> list[KeptMail]:
        """The newest mails, newest first."""
        return await asyncio.to_thread(self._newest, limit)

    def _newest(self, limit: int) -> list[KeptMail]:
        names = sorted((one.stem for one in self.folder.glob("*.eml") if _NAME.fullmatch(one.stem)), reverse=True)
        return [kept for name in names[:limit] if (kept := self._read(name)) is not None]

    async def read(self, name: str) -> KeptMail | None:
        """One mail; None if there is none of that name."""
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> KeptMail | None:
        if not _NAME.fullmatch(name):
            return None
        try:
            content = (self.folder / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        return KeptMail(
            name=name,
            written_at=datetime.strptime(name[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
            to=str(message["To"]),
            subject=str(message["Subject"]),
            text=str(body.get_content()).replace("\r\n", "\n") if body is not None else "",
        )
