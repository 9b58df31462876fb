"""What asks for the password again: another address, and erasing one's account.

As in `sign_ins`, these routes open their transactions themselves: hashing must not hold a connection, and no
``Idempotency-Key`` is to keep an address.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import SecretStr

from services.identity import attempts, passwords, queries
from services.identity.commands import addresses, erasure
from services.identity.commands.recovery import link_used
from services.identity.credentials import wrong_credentials
from services.identity.letters.kinds import Kind
from services.identity.problems import EMAIL_TAKEN, LAST_ADMIN, LINK_USED, WRONG_CREDENTIALS
from services.identity.schemas import AddressConfirmed, AddressWanted, ErasureWanted, MailOnItsWay
from services.identity.tables import Account
from shared.http import access
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import INVALID, NOT_FOUND, TOO_MANY, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router

router = service_router()


@router.post("/api/identity/me/email", status_code=202)
@failing(NOT_FOUND, TOO_MANY)
async def ask_for_address(body: AddressWanted, resources: Resources, actor: access.SignedIn) -> MailOnItsWay:
    """Have a mail sent to another address, whose link makes it the account's. Who has that address is not told."""
    account = await _with_password(resources, actor.id, body.password)
    if body.email == account.email:
        raise Problem(INVALID, errors=[("email", "this is the address of the account already")])
    async with resources.database.transaction() as session:
        if not await addresses.ask(session, account, body.email, body.language):
            raise _wrong_password()
    return MailOnItsWay(email=body.email)


@router.post("/api/identity/email-changes", status_code=204, dependencies=[limited("links", 30, 60)])
@failing(WRONG_CREDENTIALS, LINK_USED, EMAIL_TAKEN)
async def confirm_address(body: AddressConfirmed, resources: Resources, _: Anyone) -> None:
    """Give an account the address a link was sent to; the old address is told.

    The password shows that whoever reads mail at the new address is who asked: it may have been mistyped.
    """
    secret = body.token.get_secret_value()
    async with resources.database.reading() as session:
        account = await queries.account_of_link(session, secret, Kind.CHANGE)
    if account is None:
        raise link_used()
    async with resources.database.transaction() as session:
        await attempts.take_sign_in(session, account.email)
    if not await passwords.matches(resources.cpu, account.password_hash, body.password.get_secret_value()):
        raise wrong_credentials()
    async with resources.database.transaction() as session:
        if not await addresses.change(session, secret, account, body.language):
            raise wrong_credentials()


@router.post("/api/identity/me/erasure", status_code=204)
@failing(NOT_FOUND, LAST_ADMIN, TOO_MANY)
async def erase(body: ErasureWanted, resources: Resources, actor: access.SignedIn) -> None:
    """Erase one's account. What one published stays, under "deleted member"; nothing can be brought back."""
    account = await _with_password(resources, actor.id, body.password)
    async with resources.database.transaction() as session:
        if not await erasure.erase_own(session, account, body.language):
            raise _wrong_password()


async def _with_password(resources: Resources, id: UUID, password: SecretStr) -> Account:
    """One's account, having shown the password. Raises Problem 404, 422, 429."""
    async with resources.database.transaction() as session:
        found = await queries.account(session, id)
        if found is None or found.account.forgotten_at is not None:
            raise Problem(NOT_FOUND, "There is no such account.")
        await attempts.take_sign_in(session, found.account.email)
    if not await passwords.matches(resources.cpu, found.account.password_hash, password.get_secret_value()):
        raise _wrong_password()
    async with resources.database.transaction() as session:
        await attempts.succeeded(session, found.account.email)
    return found.account


def _wrong_password() -> Problem:
    # Not 401: the sign-in is good, and the site would end it.
    return Problem(INVALID, WRONG_CREDENTIALS.title, errors=[("password", "this is not the present password")])
