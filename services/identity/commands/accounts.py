"""Opening accounts and renaming people."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import naming, queries, statements
from services.identity.problems import EMAIL_TAKEN
from services.identity.tables import Account
from shared.http.preconditions import Expected
from shared.http.problems import NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock


async def open_account(session: AsyncSession, *, email: str, password_hash: str, display_name: str) -> Account:
    """A new account, told to the others. E-mail and name are in normal form.

    Raises Problem 409 when the address has an account; of two who come at once, the constraint stops one.
    """
    if await queries.by_email(session, email) is not None:
        raise Problem(
            EMAIL_TAKEN, EMAIL_TAKEN.title, errors=[("email", "has an account already; sign in, or use another one")]
        )
    account = Account(
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        sought_name=naming.sought(display_name),
        created_at=datetime.now(UTC),
    )
    session.add(account)
    await tell(session, account, statements.of_person(account))
    return account


async def rename(session: AsyncSession, id: UUID, expected: Expected, display_name: str) -> Account:
    """Give a person another display name (in normal form) and tell the others, if it is another one.

    Raises Problem 404, 412.
    """
    account = await locked(session, id, expected)
    if account.display_name != display_name:
        account.display_name, account.sought_name = display_name, naming.sought(display_name)
        account.version += 1
        await tell(session, account, statements.of_person(account))
    return account


async def locked(session: AsyncSession, id: UUID, expected: Expected | None) -> Account:
    """The account, locked, at the version the caller means. Raises Problem 404, 412."""
    account = await lock(session, Account, id)
    if account is None or account.forgotten_at is not None:
        raise Problem(NOT_FOUND, "There is no such account.")
    if expected is not None:
        expected.check(account.version)
    return account
