"""Granting and taking roles. They bite when the account's access token is next made."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import policy
from services.identity.commands import events
from services.identity.commands.accounts import locked
from services.identity.problems import LAST_ADMIN
from services.identity.tables import Account, Denial, EventKind, RoleGrant
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
        await events.note(session, account_id, EventKind.ROLE_GRANTED, by=by, role=role)
    return account


async def take(session: AsyncSession, account_id: UUID, role: Role, *, by: UUID | None, expected: Expected) -> Account:
    """Take a role from an account; nothing changes if it does not have it.

    Raises Problem 404, 409 (a citizen everybody is; the last admin stays), 412.
    """
    _refuse(role)
    account = await locked(session, account_id, expected)
    admins = await active_admins(session) if role is Role.ADMIN else frozenset()
    held = await session.get(RoleGrant, (account_id, role), with_for_update=True, populate_existing=True)
    if held is None:
        return account
    why_not = policy.refuse_losing(account_id in admins, len(admins))
    if why_not is not None:
        raise Problem(LAST_ADMIN, why_not)
    await session.delete(held)
    account.version += 1
    await events.note(session, account_id, EventKind.ROLE_TAKEN, by=by, role=role)
    return account


async def active_admins(session: AsyncSession) -> frozenset[UUID]:
    """The admins who can sign in, as they are then. All grants of the role are locked, in one order.

    Two admins could take each other's role at once, each under the lock of another account.
    """
    admins = select(RoleGrant).where(col(RoleGrant.role) == Role.ADMIN).order_by(col(RoleGrant.account_id))
    locked_rows = admins.with_for_update().execution_options(populate_existing=True)
    ids = [grant.account_id for grant in (await session.exec(locked_rows)).all()]
    # A statement of its own: it sees who was suspended by whoever held the locks before.
    denied = select(Denial.id).where(col(Denial.id).in_(ids), col(Denial.since).is_not(None))
    return frozenset(ids) - frozenset((await session.exec(denied)).all())


def _refuse(role: Role) -> None:
    why_not = policy.refuse_change(role)
    if why_not is not None:
        raise Problem(CONFLICT, why_not)
