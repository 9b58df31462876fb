"""Every read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import naming, policy
from services.identity.letters.kinds import Kind
from services.identity.tables import Account, MailToken, RoleGrant
from services.identity.tokens import digest_of
from shared.auth.principal import Role

_NAMED = (col(Account.forgotten_at).is_(None), col(Account.verified_at).is_not(None))
"""Who is shown to others."""


@dataclass(frozen=True)
class AccountView:
    """An account and all its roles."""

    account: Account
    roles: tuple[Role, ...]


async def by_email(session: AsyncSession, email: str) -> Account | None:
    """The account with this address (in normal form), unless it was forgotten."""
    found = select(Account).where(col(Account.email) == email, col(Account.forgotten_at).is_(None))
    return (await session.exec(found)).one_or_none()


async def view(session: AsyncSession, account: Account) -> AccountView:
    """The account with its roles."""
    return AccountView(account, (await _roles(session, [account.id]))[account.id])


async def account(session: AsyncSession, id: UUID) -> AccountView | None:
    """An account by its id."""
    found = await session.get(Account, id)
    return await view(session, found) if found is not None else None


async def member(session: AsyncSession, id: str) -> Account | None:
    """An account by an id that somebody else wrote down, unless it was forgotten."""
    try:
        found = await session.get(Account, UUID(id))
    except ValueError:
        return None
    return found if found is not None and found.forgotten_at is None else None


async def accounts(
    session: AsyncSession, *, prefix: str | None, after: UUID | None, limit: int
) -> tuple[list[AccountView], UUID | None]:
    """Accounts, newest first, and where the next page begins.

    ``prefix`` begins their e-mail address or their name, whatever the case and the accents. ``after`` is the
    last account of the page before.
    """
    found = select(Account).order_by(col(Account.id).desc()).limit(limit + 1)
    if prefix:
        found = found.where(
            or_(
                col(Account.email).startswith(prefix.strip().lower(), autoescape=True),
                col(Account.sought_name).startswith(naming.sought(prefix), autoescape=True),
            )
        )
    if after is not None:
        found = found.where(col(Account.id) < after)
    rows = (await session.exec(found)).all()
    page = rows[:limit]
    roles = await _roles(session, [one.id for one in page])
    return [AccountView(one, roles[one.id]) for one in page], page[-1].id if len(rows) > limit else None


async def names(session: AsyncSession, ids: Collection[UUID]) -> Sequence[tuple[UUID, str]]:
    """Id and display name of those who have an account and are to be named."""
    if not ids:
        return []
    found = (
        select(Account.id, Account.display_name).where(col(Account.id).in_(set(ids)), *_NAMED).order_by(col(Account.id))
    )
    return [(id, name) for id, name in (await session.exec(found)).all()]


async def person(session: AsyncSession, id: UUID) -> Account | None:
    """Somebody as others may see them."""
    return (await session.exec(select(Account).where(col(Account.id) == id, *_NAMED))).one_or_none()


async def account_of_link(session: AsyncSession, secret: str, purpose: Kind) -> Account | None:
    """The account whose owner got a link with this secret, if it is still good."""
    found = (
        select(Account)
        .join(MailToken, col(MailToken.account_id) == col(Account.id))
        .where(
            col(MailToken.digest) == digest_of(secret),
            col(MailToken.purpose) == purpose,
            col(MailToken.expires_at) > datetime.now(UTC),
            col(Account.forgotten_at).is_(None),
        )
    )
    return (await session.exec(found)).one_or_none()


async def _roles(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, tuple[Role, ...]]:
    granted: dict[UUID, set[Role]] = defaultdict(set)
    wanted = list(ids)
    found = select(RoleGrant.account_id, RoleGrant.role).where(col(RoleGrant.account_id).in_(wanted))
    for account_id, role in (await session.exec(found)).all():
        granted[account_id].add(Role(role))
    return {id: policy.roles_of(granted[id]) for id in wanted}
