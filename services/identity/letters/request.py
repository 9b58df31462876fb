"""Asking for a mail, in the transaction of what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts
from services.identity.letters.kinds import Kind, Language
from services.identity.tables import Letter


async def request(
    session: AsyncSession,
    kind: Kind,
    email: str,
    language: Language,
    *,
    about: UUID | None = None,
    arrival: bytes | None = None,
) -> None:
    """Have a mail sent once this is committed. ``email`` is in normal form.

    ``about`` says which account it is about where that is not the one the address has, ``arrival`` which `Arrival`.
    """
    now = datetime.now(UTC)
    session.add(
        Letter(
            kind=kind,
            email=email,
            account_id=about,
            arrival=arrival,
            language=language,
            created_at=now,
            due_at=now,
        )
    )
    await session.flush()


async def request_slowed(
    session: AsyncSession,
    kind: Kind,
    email: str,
    language: Language,
    *,
    about: UUID | None = None,
    arrival: bytes | None = None,
) -> None:
    """The same for mails that anybody can ask for: one too many is not sent, and nobody is told so."""
    try:
        await attempts.take(session, attempts.MAILS, email)
    except attempts.TooSoon:
        return
    await request(session, kind, email, language, about=about, arrival=arrival)
