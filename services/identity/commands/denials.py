"""Letting somebody in no more, at once and everywhere: the others are told, and everything that lets them in ends.

A token signed before stays well signed for some minutes; that it is refused all the same is what the message is for
(`shared.auth.denials`). Everything happens under the account's lock, as signing in does.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Table, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import policy, statements
from services.identity.commands import events
from services.identity.commands.accounts import locked
from services.identity.commands.roles import active_admins
from services.identity.problems import LAST_ADMIN
from services.identity.tables import STAYS_WHEN_SUSPENDED, Account, Denial, EventKind, IdentityTable
from shared.http.preconditions import Expected
from shared.http.problems import Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock
from shared.storage.tables import table_of


async def suspend(
    session: AsyncSession, account_id: UUID, reason: str, *, by: UUID | None, expected: Expected | None = None
) -> Account:
    """Let somebody in no more until it is lifted. Of one who is suspended only the reason changes.

    Raises Problem 404, 409 (the last admin), 412.
    """
    account = await locked(session, account_id, expected)
    denial = await lock(session, Denial, account.id)
    if denial is not None and denial.since is not None:
        if denial.reason != reason:
            denial.reason = reason
            account.version += 1
        return account
    await refuse_last_admin(session, account)
    await deny(session, account, reason=reason)
    await end_all(session, account, but=STAYS_WHEN_SUSPENDED)
    account.version += 1
    await events.note(session, account.id, EventKind.SUSPENDED, by=by)
    return account


async def lift(
    session: AsyncSession, account_id: UUID, *, by: UUID | None, expected: Expected | None = None
) -> Account:
    """Let somebody in again; nothing changes for one who is not suspended. They sign in anew.

    Raises Problem 404, 412.
    """
    account = await locked(session, account_id, expected)
    denial = await lock(session, Denial, account.id)
    if denial is not None and denial.since is not None:
        denial.since, denial.reason = None, ""
        await tell(session, denial, statements.of_denial(denial))
        account.version += 1
        await events.note(session, account.id, EventKind.RESTORED, by=by)
    return account


async def deny(session: AsyncSession, account: Account, *, reason: str) -> None:
    """Tell that nothing signed for a (locked) account counts any more; from now on, also where it was told before."""
    denial = await lock(session, Denial, account.id) or Denial(id=account.id)
    denial.reason, denial.since = reason, datetime.now(UTC)
    await tell(session, denial, statements.of_denial(denial))
    await session.flush()


async def end_all(session: AsyncSession, account: Account, *, but: Set[str]) -> None:
    """Delete whatever hangs on a (locked) account, except in some tables.

    Which tables there are is read from their foreign keys, so that a new kind of token ends here too without
    anybody thinking of it; what hangs on those goes with them (``ON DELETE CASCADE``).
    """
    for table, column in hanging_on_accounts():
        if table.name not in but:
            await session.execute(delete(table).where(table.c[column] == account.id))


def hanging_on_accounts() -> Iterator[tuple[Table, str]]:
    """Each table that says whose its rows are, and the column that does."""
    accounts = table_of(Account)
    for table in IdentityTable.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            if key.column.table is accounts:
                yield table, key.parent.name


async def refuse_last_admin(session: AsyncSession, account: Account) -> None:
    """Raises Problem 409 for the one admin who can still sign in."""
    admins = await active_admins(session)
    why_not = policy.refuse_losing(account.id in admins, len(admins))
    if why_not is not None:
        raise Problem(LAST_ADMIN, why_not)
