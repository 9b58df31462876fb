"""What admins see of accounts and do to them. Each change is written down (`account_event`)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.identity import queries
from services.identity.api.accounts import existing
from services.identity.commands import denials, erasure, roles
from services.identity.problems import LAST_ADMIN
from services.identity.schemas import (
    AccountsPage,
    AdministeredAccount,
    ErasureOrdered,
    EventAnswer,
    EventsPage,
    Suspension,
)
from services.identity.tables import Account
from shared.auth.principal import Role
from shared.http import paging
from shared.http.access import Admin
from shared.http.documentation import failing
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, NOT_FOUND
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

Prefix = Annotated[str | None, Query(max_length=200, description="How the e-mail address or the name begins")]
OfRole = Annotated[Role | None, Query(description="Only who has this role")]
Suspended = Annotated[bool, Query(description="Only who is suspended")]
AccountId = Annotated[UUID, Path(alias="id")]


@router.get("/api/identity/accounts")
async def list_accounts(
    session: Session,
    _: Admin,
    request: Request,
    response: Response,
    q: Prefix = None,
    role: OfRole = None,
    suspended: Suspended = False,
    limit: paging.Limit = 50,
    cursor: paging.CursorText = None,
) -> AccountsPage:
    """Accounts, newest first."""
    found, after = await queries.accounts(
        session, prefix=q, role=role, suspended=suspended, after=_place(cursor), limit=limit
    )
    following = paging.encode([str(after)]) if after is not None else None
    paging.link_next(request, response, following)
    return AccountsPage(items=[AdministeredAccount.of(one) for one in found], next=following)


@router.get("/api/identity/accounts/{id}")
@failing(NOT_FOUND)
async def read_account(session: Session, _: Admin, account_id: AccountId) -> AdministeredAccount:
    """One account."""
    found = existing(await queries.account(session, account_id))
    return AdministeredAccount.of(await queries.administered(session, found.account))


@router.get("/api/identity/accounts/{id}/events")
@failing(NOT_FOUND)
async def list_events(
    session: Session,
    _: Admin,
    request: Request,
    response: Response,
    account_id: AccountId,
    limit: paging.Limit = 50,
    cursor: paging.CursorText = None,
) -> EventsPage:
    """What was done to an account, by whom and when, newest first."""
    existing(await queries.account(session, account_id))
    found, after = await queries.events(session, account_id, after=_place(cursor), limit=limit)
    following = paging.encode([str(after)]) if after is not None else None
    paging.link_next(request, response, following)
    return EventsPage(items=[EventAnswer.of(event, name) for event, name in found], next=following)


@router.put("/api/identity/accounts/{id}/roles/{role}")
@failing(CONFLICT)
async def grant_role(
    session: Session, actor: Admin, expected: IfMatch, account_id: AccountId, role: Role
) -> AdministeredAccount:
    """Give a role; it bites when the account's access token is next refreshed."""
    return await _answer(session, await roles.grant(session, account_id, role, by=actor.id, expected=expected))


@router.delete("/api/identity/accounts/{id}/roles/{role}")
@failing(CONFLICT, LAST_ADMIN)
async def take_role(
    session: Session, actor: Admin, expected: IfMatch, account_id: AccountId, role: Role
) -> AdministeredAccount:
    """Take a role; the last admin stays one."""
    return await _answer(session, await roles.take(session, account_id, role, by=actor.id, expected=expected))


@router.put("/api/identity/accounts/{id}/suspension")
@failing(LAST_ADMIN)
async def suspend(
    session: Session, actor: Admin, expected: IfMatch, account_id: AccountId, body: Suspension
) -> AdministeredAccount:
    """Let somebody in no more, at once and everywhere; all their sign-ins end. The last admin stays."""
    return await _answer(
        session, await denials.suspend(session, account_id, body.reason, by=actor.id, expected=expected)
    )


@router.delete("/api/identity/accounts/{id}/suspension")
async def lift_suspension(
    session: Session, actor: Admin, expected: IfMatch, account_id: AccountId
) -> AdministeredAccount:
    """Let somebody in again; they sign in anew."""
    return await _answer(session, await denials.lift(session, account_id, by=actor.id, expected=expected))


@router.post("/api/identity/accounts/{id}/erasure", status_code=204)
@failing(LAST_ADMIN)
async def erase(session: Session, actor: Admin, expected: IfMatch, account_id: AccountId, body: ErasureOrdered) -> None:
    """Erase an account because its owner asked for it. It cannot be undone; the last admin stays."""
    await erasure.erase(session, account_id, by=actor.id, expected=expected, language=body.language)


async def _answer(session: Session, account: Account) -> AdministeredAccount:
    return AdministeredAccount.of(await queries.administered(session, account))


def _place(cursor: str | None) -> UUID | None:
    place = paging.decode(cursor, 1)
    if place is None:
        return None
    try:
        return UUID(place[0])
    except (ValueError, AttributeError, TypeError):
        raise paging.bad_cursor() from None
