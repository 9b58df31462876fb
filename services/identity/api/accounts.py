"""Accounts: signing up, one's own, and what admins see and change."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.identity import passwords, queries
from services.identity.commands import accounts as commands
from services.identity.commands import roles
from services.identity.problems import EMAIL_TAKEN, LAST_ADMIN
from services.identity.queries import AccountView
from services.identity.schemas import AccountAnswer, AccountsPage, Renaming, SignUp
from shared.auth.principal import Role
from shared.http import paging
from shared.http.access import Admin, Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, NOT_FOUND, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


Prefix = Annotated[str | None, Query(max_length=200, description="How the e-mail address or the name begins")]
AccountId = Annotated[UUID, Path(alias="id")]


@router.post("/api/identity/accounts", status_code=201, dependencies=[limited("sign-up", 20, 60)])
@failing(EMAIL_TAKEN)
async def sign_up(body: SignUp, response: Response, resources: Resources, _: Anyone) -> AccountAnswer:
    """Open an account."""
    # Not the request's `Session`: hashing must not hold a database connection, and an Idempotency-Key would keep
    # a fast hash of the password. The address itself makes it idempotent.
    password_hash = await passwords.hashed(resources.cpu, body.password.get_secret_value())
    async with resources.database.transaction() as session:
        account = await commands.open_account(
            session, email=body.email, password_hash=password_hash, display_name=body.display_name
        )
    response.headers["Cache-Control"] = "no-store"
    return AccountAnswer.of(AccountView(account, (Role.CITIZEN,)))


@router.get("/api/identity/me")
@failing(NOT_FOUND)
async def me(session: Session, actor: SignedIn) -> AccountAnswer:
    """One's own account."""
    return AccountAnswer.of(_found(await queries.account(session, actor.id)))


@router.patch("/api/identity/me")
@failing(NOT_FOUND)
async def rename_me(session: Session, actor: SignedIn, expected: IfMatch, body: Renaming) -> AccountAnswer:
    """Change one's display name."""
    account = await commands.rename(session, actor.id, expected, body.display_name)
    return AccountAnswer.of(await queries.view(session, account))


@router.get("/api/identity/accounts")
async def list_accounts(
    session: Session,
    _: Admin,
    request: Request,
    response: Response,
    q: Prefix = None,
    limit: paging.Limit = 50,
    cursor: paging.CursorText = None,
) -> AccountsPage:
    """Accounts, newest first."""
    found, after = await queries.accounts(session, prefix=q, after=_place(cursor), limit=limit)
    following = paging.encode([str(after)]) if after is not None else None
    paging.link_next(request, response, following)
    return AccountsPage(items=[AccountAnswer.of(one) for one in found], next=following)


@router.get("/api/identity/accounts/{id}")
async def read_account(session: Session, _: Admin, account_id: AccountId) -> AccountAnswer:
    """One account."""
    return AccountAnswer.of(_found(await queries.account(session, account_id)))


@router.put("/api/identity/accounts/{id}/roles/{role}")
@failing(CONFLICT)
async def grant_role(
    session: Session, actor: Admin, expected: IfMatch, account_id: AccountId, role: Role
) -> AccountAnswer:
    """Give a role; it bites when the account's access token is next refreshed."""
    account = await roles.grant(session, account_id, role, by=actor.id, expected=expected)
    return AccountAnswer.of(await queries.view(session, account))


@router.delete("/api/identity/accounts/{id}/roles/{role}")
@failing(CONFLICT, LAST_ADMIN)
async def take_role(session: Session, _: Admin, expected: IfMatch, account_id: AccountId, role: Role) -> AccountAnswer:
    """Take a role; the last admin stays one."""
    account = await roles.take(session, account_id, role, expected=expected)
    return AccountAnswer.of(await queries.view(session, account))


def _found(view: AccountView | None) -> AccountView:
    if view is None or view.account.forgotten_at is not None:
        raise Problem(NOT_FOUND, "There is no such account.")
    return view


def _place(cursor: str | None) -> UUID | None:
    place = paging.decode(cursor, 1)
    if place is None:
        return None
    try:
        return UUID(place[0])
    except (ValueError, AttributeError, TypeError):
        raise paging.bad_cursor() from None
