"""What the command line does with accounts: for whoever has the database at hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import naming, policy, queries
from services.identity.commands import keys
from services.identity.commands import roles as commands
from services.identity.commands.accounts import verified
from services.identity.tables import Account
from services.identity.tokens import access_token
from shared.auth.principal import Principal, Role
from shared.runtime.resources import Resources


class UnknownAccount(Exception):
    """There is no account with this e-mail address; the text names it and the fix."""


class UnknownRole(Exception):
    """There is no such role to give; the text names it and those there are."""


async def issue_token(resources: Resources, email: str) -> str:
    """An access token for an account, with its roles, as if it had just signed in.

    Raises UnknownAccount.
    """
    async with resources.database.transaction() as session:
        account = await _account(session, email)
        view = await queries.view(session, account)
        life = timedelta(minutes=resources.settings.access_token_minutes)
        key = await keys.active(session)
        return access_token(key, account.id, view.roles, now=datetime.now(UTC), life=life)


async def grant(resources: Resources, email: str, role: str) -> tuple[Role, ...]:
    """Give an account a role; all the roles it has then. Nothing changes if it has it already.

    The account is verified by it.

    Raises UnknownAccount, UnknownRole.
    """
    if role not in policy.GRANTABLE:
        known = ", ".join(sorted(policy.GRANTABLE))
        raise UnknownRole(f"{role!r} is not a role that can be given; these are: {known}")
    async with resources.database.transaction() as session:
        account = await _account(session, email)
        changed = await commands.grant(session, account.id, Role(role), by=None)
        # Whoever has the database at hand says who it is: no mail is needed for that.
        await verified(session, changed)
        return (await queries.view(session, changed)).roles


async def principal_of(resources: Resources, email: str) -> Principal:
    """An account with its roles, as a token of it would say. Raises UnknownAccount."""
    async with resources.database.transaction() as session:
        account = await _account(session, email)
        return Principal(account.id, frozenset(map(Role, (await queries.view(session, account)).roles)))


async def _account(session: AsyncSession, email: str) -> Account:
    try:
        normal = naming.normal_email(email)
    except ValueError as error:
        raise UnknownAccount(f"{email!r}: {error}") from error
    account = await queries.by_email(session, normal)
    if account is None:
        raise UnknownAccount(f"nobody has an account with {normal}; sign up on the site first")
    return account
