"""Accounts: signing up, and one's own."""

from __future__ import annotations

from fastapi import Response

from services.identity import passwords, queries
from services.identity.commands import accounts as commands
from services.identity.queries import AccountView
from services.identity.schemas import AccountAnswer, MailOnItsWay, ProfileEdit, SignUp
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.preconditions import IfMatch
from shared.http.problems import NOT_FOUND, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


@router.post("/api/identity/accounts", status_code=202, dependencies=[limited("sign-up", 20, 60)])
async def sign_up(body: SignUp, response: Response, resources: Resources, _: Anyone) -> MailOnItsWay:
    """Open an account; the mail that follows says how to make it usable.

    The answer is the same, and as late, when the address has an account: its owner gets a mail that says so.
    """
    # Not the request's `Session`: hashing must not hold a database connection, and an Idempotency-Key would keep
    # a fast hash of the password. The address itself makes it idempotent.
    password_hash = await passwords.hashed(resources.cpu, body.password.get_secret_value())
    async with resources.database.transaction() as session:
        await commands.open_account(
            session,
            email=body.email,
            password_hash=password_hash,
            display_name=body.display_name,
            language=body.language,
        )
    response.headers["Cache-Control"] = "no-store"
    return MailOnItsWay(email=body.email)


@router.get("/api/identity/me")
@failing(NOT_FOUND)
async def me(session: Session, actor: SignedIn) -> AccountAnswer:
    """One's own account."""
    return AccountAnswer.of(existing(await queries.account(session, actor.id)))


@router.patch("/api/identity/me")
@failing(NOT_FOUND)
async def edit_me(session: Session, actor: SignedIn, expected: IfMatch, body: ProfileEdit) -> AccountAnswer:
    """Change one's name, biography, affiliation or ORCID iD."""
    account = await commands.edit_profile(session, actor.id, expected, body.changes())
    return AccountAnswer.of(await queries.view(session, account))


def existing(view: AccountView | None) -> AccountView:
    """The account that was looked for. Raises Problem 404 if there is none (any more)."""
    if view is None or view.account.forgotten_at is not None:
        raise Problem(NOT_FOUND, "There is no such account.")
    return view
