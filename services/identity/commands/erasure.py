"""Erasing an account: of the person nothing is left but an id that nobody can follow.

What they wrote stays, under "deleted member". What goes with them, and within which time, is in ADR 0021.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, or_
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts, statements
from services.identity.commands import denials, events, mail_domains
from services.identity.commands.accounts import locked
from services.identity.federation_tables import Arrival
from services.identity.letters.kinds import Kind, Language
from services.identity.letters.request import request
from services.identity.tables import STAYS_WHEN_ERASED, Account, EventKind, Letter
from shared.contracts.identity import PEOPLE
from shared.http import idempotency
from shared.http.preconditions import Expected
from shared.messaging import outbox
from shared.storage.locks import lock


async def erase_own(session: AsyncSession, checked: Account, language: Language) -> bool:
    """Erase an account whose password was found right; False if it was changed since it was read.

    Raises Problem 409 for the last admin.
    """
    account = await lock(session, Account, checked.id)
    if account is None or account.forgotten_at is not None or account.password_hash != checked.password_hash:
        return False
    await _erase(session, account, by=account.id, language=language)
    return True


async def erase(session: AsyncSession, account_id: UUID, *, by: UUID, expected: Expected, language: Language) -> None:
    """Erase an account because its owner asked for it. Raises Problem 404, 409 (the last admin), 412."""
    await _erase(session, await locked(session, account_id, expected), by=by, language=language)


async def _erase(session: AsyncSession, account: Account, *, by: UUID, language: Language) -> None:
    await denials.refuse_last_admin(session, account)
    email, id = account.email, str(account.id)
    await session.execute(delete(Letter).where(or_(col(Letter.email) == email, col(Letter.account_id) == account.id)))
    await session.execute(delete(Arrival).where(or_(col(Arrival.email) == email, col(Arrival.wanted_email) == email)))
    await attempts.forget(session, email)
    await mail_domains.forget(session, account)
    await denials.deny(session, account, reason="")
    await denials.end_all(session, account, but=STAYS_WHEN_ERASED)
    await idempotency.forget_person(session, [id])
    # Told before and not on the log yet: it must not get there any more.
    await outbox.take_back(session, PEOPLE.name, id)
    account.email, account.password_hash = id, ""
    account.display_name = account.sought_name = account.biography = account.affiliation = ""
    account.orcid = account.picture = None
    account.forgotten_at = datetime.now(UTC)
    account.version += 1
    statement = statements.of_person(account)
    assert statement is not None, "it was just forgotten"
    await outbox.tell(session, account, statement)
    await events.note(session, account.id, EventKind.ERASED, by=by)
    if account.verified_at is not None:
        await request(session, Kind.ERASED, email, language, about=account.id)
