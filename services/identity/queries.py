"""Every read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import naming, policy
from services.identity.letters.kinds import Kind
from services.identity.tables import Account, AccountEvent, Denial, MailToken, Picture, RoleGrant
from services.identity.tokens import digest_of
from shared.auth.principal import Role
from shared.storage.among import among

_NAMED = (col(Account.forgotten_at).is_(None), col(Account.verified_at).is_not(None))
"""Who is shown to others."""


@dataclass(frozen=True)
class AccountView:
    """An account, all its roles, and whether it is let in, where that was asked for."""

    account: Account
    roles: tuple[Role, ...]
    denial: Denial | None = None


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


async def is_denied(session: AsyncSession, id: UUID) -> bool:
    """Whether somebody is not let in any more."""
    found = select(Denial.id).where(col(Denial.id) == id, col(Denial.since).is_not(None))
    return (await session.exec(found)).first() is not None


async def administered(session: AsyncSession, account: Account) -> AccountView:
    """The account with its roles, and whether it is suspended."""
    [whole] = await _administered(session, [account])
    return whole


async def member(session: AsyncSession, id: str) -> Account | None:
    """An account by an id that somebody else wrote down, unless it was forgotten or is not let in any more."""
    try:
        found = await session.get(Account, UUID(id))
    except ValueError:
        return None
    if found is None or found.forgotten_at is not None or await is_denied(session, found.id):
        return None
    return found


async def accounts(
    session: AsyncSession,
    *,
    prefix: str | None,
    role: Role | None = None,
    suspended: bool = False,
    after: UUID | None,
    limit: int,
) -> tuple[list[AccountView], UUID | None]:
    """Accounts, newest first, and where the next page begins.

    ``prefix`` begins their e-mail address or their name, whatever the case and the accents. ``after`` is the
    last account of the page before.
    """
    found = select(Account).where(col(Account.forgotten_at).is_(None)).order_by(col(Account.id).desc()).limit(limit + 1)
    if prefix:
        found = found.where(
            or_(
                col(Account.email).startswith(prefix.strip().lower(), autoescape=True),
                col(Account.sought_name).startswith(naming.sought(prefix), autoescape=True),
            )
        )
    if role is not None and role is not Role.CITIZEN:
        found = found.where(exists().where(col(RoleGrant.account_id) == col(Account.id), col(RoleGrant.role) == role))
    if suspended:
        found = found.where(exists().where(col(Denial.id) == col(Account.id), col(Denial.since).is_not(None)))
    if after is not None:
        found = found.where(col(Account.id) < after)
    rows = (await session.exec(found)).all()
    page = rows[:limit]
    return await _administered(session, page), page[-1].id if len(rows) > limit else None


async def events(
    session: AsyncSession, account_id: UUID, *, after: UUID | None, limit: int
) -> tuple[list[tuple[AccountEvent, str | None]], UUID | None]:
    """What was done to an account and the name of who did it, newest first, and where the next page begins."""
    found = (
        select(AccountEvent, Account.display_name)
        .outerjoin(Account, and_(col(Account.id) == col(AccountEvent.by), col(Account.forgotten_at).is_(None)))
        .where(col(AccountEvent.account_id) == account_id)
        .order_by(col(AccountEvent.id).desc())
        .limit(limit + 1)
    )
    if after is not None:
        found = found.where(col(AccountEvent.id) < after)
    rows: list[tuple[AccountEvent, str | None]] = [(event, name) for event, name in (await session.exec(found)).all()]
    return rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None


async def picture(session: AsyncSession, account_id: UUID, digest: str) -> bytes | None:
    """Somebody's picture, if it is (still) this one."""
    found = (
        select(Picture.content)
        .join(Account, col(Account.id) == col(Picture.account_id))
        .where(col(Picture.account_id) == account_id, col(Picture.digest) == digest, *_NAMED)
    )
    return (await session.exec(found)).one_or_none()


async def names(session: AsyncSession, ids: Collection[UUID]) -> Sequence[tuple[UUID, str]]:
    """Id and display name of those who have an account and are to be named."""
    if not ids:
        return []
    found = (
        select(Account.id, Account.display_name)
        .where(among(col(Account.id), set(ids)), *_NAMED)
        .order_by(col(Account.id))
    )
    return [(id, name) for id, name in (await session.exec(found)).all()]


async def people_of_role(
    session: AsyncSession, role: Role, *, after: UUID | None, limit: int
) -> tuple[Sequence[tuple[UUID, str]], UUID | None]:
    """Id and name of those who were given a role, in the order of their ids, and where the next page begins."""
    found = (
        select(Account.id, Account.display_name)
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
        .where(col(RoleGrant.role) == role, *_NAMED)
        .order_by(col(RoleGrant.account_id))
        .limit(limit + 1)
    )
    if after is not None:
        found = found.where(col(RoleGrant.account_id) > after)
    rows = [(id, name) for id, name in (await session.exec(found)).all()]
    return rows[:limit], rows[limit - 1][0] if len(rows) > limit else None


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


async def _administered(session: AsyncSession, found: Sequence[Account]) -> list[AccountView]:
    ids = [one.id for one in found]
    roles = await _roles(session, ids)
    denied = select(Denial).where(col(Denial.id).in_(ids), col(Denial.since).is_not(None))
    denials = {one.id: one for one in (await session.exec(denied)).all()}
    return [AccountView(one, roles[one.id], denials.get(one.id)) for one in found]
