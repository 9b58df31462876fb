"""Verifying an address, choosing another password: what the links in mails lead to.

As in `sign_ins`, these routes open their transactions themselves: hashing must not hold a connection, and no
``Idempotency-Key`` is to keep what was asked for an address. What anybody can ask for is answered the same whether
or not there is an account.
"""

from __future__ import annotations

from fastapi import Response

from services.identity import attempts, passwords, queries
from services.identity.api.sign_ins import handed_over, life_of_tokens
from services.identity.commands import recovery as commands
from services.identity.credentials import wrong_credentials
from services.identity.letters.kinds import Kind
from services.identity.letters.request import request_slowed
from services.identity.problems import LINK_USED, SUSPENDED, WRONG_CREDENTIALS
from services.identity.schemas import MailOnItsWay, MailWanted, NewPassword, PasswordChange, SignedIn, Verification
from services.identity.tables import Account
from shared.http import access
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import INVALID, NOT_FOUND, TOO_MANY, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router

router = service_router()


@router.post("/api/identity/verifications/mails", status_code=202, dependencies=[limited("mails", 20, 60)])
async def send_verification(body: MailWanted, resources: Resources, _: Anyone) -> MailOnItsWay:
    """Send the mail again that makes a new account usable, if there is one that waits for it."""
    async with resources.database.transaction() as session:
        await request_slowed(session, Kind.VERIFY, body.email, body.language)
    return MailOnItsWay(email=body.email)


@router.post("/api/identity/verifications", dependencies=[limited("links", 30, 60)])
@failing(WRONG_CREDENTIALS, SUSPENDED, LINK_USED)
async def verify(body: Verification, response: Response, resources: Resources, _: Anyone) -> SignedIn:
    """Make an account usable and sign in to it, with the link's secret and the password chosen at sign-up.

    The password shows that it is the account one opened oneself: a stranger can open one with any address, and
    its owner must not finish that for them.
    """
    secret = body.token.get_secret_value()
    account = await _account_of(resources, secret, Kind.VERIFY)
    async with resources.database.transaction() as session:
        await attempts.take_sign_in(session, account.email)
    if not await passwords.matches(resources.cpu, account.password_hash, body.password.get_secret_value()):
        raise wrong_credentials()
    async with resources.database.transaction() as session:
        tokens = await commands.verify(session, secret, account, life=life_of_tokens(resources.settings))
    if tokens is None:
        raise wrong_credentials()
    return handed_over(tokens, response)


@router.post("/api/identity/resets/mails", status_code=202, dependencies=[limited("mails", 20, 60)])
async def send_reset(body: MailWanted, resources: Resources, _: Anyone) -> MailOnItsWay:
    """Send the mail that lets its reader choose another password, if the address has an account."""
    async with resources.database.transaction() as session:
        await request_slowed(session, Kind.RESET, body.email, body.language)
    return MailOnItsWay(email=body.email)


@router.post("/api/identity/resets", status_code=204, dependencies=[limited("links", 30, 60)])
@failing(LINK_USED)
async def reset(body: NewPassword, resources: Resources, _: Anyone) -> None:
    """Choose another password, with the link's secret. All sign-ins of the account end."""
    secret = body.token.get_secret_value()
    account = await _account_of(resources, secret, Kind.RESET)
    password_hash = await _hashed(resources, body.password.get_secret_value(), account)
    async with resources.database.transaction() as session:
        await commands.reset_password(session, secret, password_hash, body.language)


@router.post("/api/identity/me/password")
@failing(NOT_FOUND, TOO_MANY)
async def change_password(
    body: PasswordChange, response: Response, resources: Resources, actor: access.SignedIn
) -> SignedIn:
    """Change one's password. All sign-ins end; the answer is a new one."""
    async with resources.database.transaction() as session:
        found = await queries.account(session, actor.id)
        if found is None or found.account.forgotten_at is not None:
            raise Problem(NOT_FOUND, "There is no such account.")
        await attempts.take_sign_in(session, found.account.email)
    account = found.account
    if not await passwords.matches(resources.cpu, account.password_hash, body.present.get_secret_value()):
        raise _wrong_present()
    password_hash = await _hashed(resources, body.password.get_secret_value(), account)
    async with resources.database.transaction() as session:
        tokens = await commands.change_password(
            session, account, password_hash, body.language, life=life_of_tokens(resources.settings)
        )
    if tokens is None:
        raise _wrong_present()
    return handed_over(tokens, response)


def _wrong_present() -> Problem:
    # Not 401: the sign-in is good, and the site would end it.
    return Problem(INVALID, WRONG_CREDENTIALS.title, errors=[("present", "this is not the present password")])


async def _account_of(resources: Resources, secret: str, purpose: Kind) -> Account:
    async with resources.database.reading() as session:
        account = await queries.account_of_link(session, secret, purpose)
    if account is None:
        raise commands.link_used()
    return account


async def _hashed(resources: Resources, password: str, account: Account) -> str:
    try:
        acceptable = passwords.acceptable(password, account.email)
    except ValueError as error:
        raise Problem(INVALID, str(error), errors=[("password", str(error))]) from None
    return await passwords.hashed(resources.cpu, acceptable)
