"""Granting and taking roles. They bite when the account's access token is next made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import policy
from services.identity.commands.accounts import locked
from services.identity.problems import LAST_ADMIN
from services.identity.tables import Account, RoleGrant
from shared.auth.principal import Role
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, Problem


async def grant(
    session: AsyncSession, account_id: UUID, role: Role, *, by: UUID | None, expected: Expected | None = None
) -> Account:
    """Give an account a role; nothing changes if it has it. ``by`` is None for the command line.

    Raises Problem 404, 409, 412.
    """
    _refuse(role)
    account = await locked(session, account_id, expected)
    if await session.get(RoleGrant, (account_id, role)) is None:
        session.add(RoleGrant(account_id=account_id, role=role, granted_by=by, granted_at=datetime.now(UTC)))
        account.version += 1
        await session.flush()
    return account


async def take(session: AsyncSession, account_id: UUID, role: Role, *, expected: Expected) -> Account:
    """Take a role from an account; nothing changes if it does not have it.

    Raises Problem 404, 409 (a citizen everybody is; the last admin stays), 412.
    """
    _refuse(role)
    account = await locked(session, account_id, expected)
    holders = await _holders(session, role)
    held = next((one for one in holders if one.account_id == account_id), None)
    if held is None:
        return account
    why_not = policy.refuse_taking(role, len(holders))
    if why_not is not None:
        raise Problem(LAST_ADMIN, why_not)
    await session.delete(held)
    account.version += 1
    await session.flush()
    return account


async def _holders(session: AsyncSession, role: Role) -> Sequence[RoleGrant]:
    """All grants of a role, locked in one order, as they are then.

    Two admins could take each other's role at once, each under the lock of another account.
    """
    found = select(RoleGrant).where(col(RoleGrant.role) == role).order_by(col(RoleGrant.account_id))
    locked_rows = found.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(locked_rows)).all()


def _refuse(role: Role) -> None:
    why_not = policy.refuse_change(role)
    if why_not is not None:
        raise Problem(CONFLICT, why_not)
