"""Checking an address and a password, the same way wherever they are given.

The answer to a wrong pair is the same, and as late, whether there is such an account or not. No database connection is
held while Argon2 waits for its turn and works.
"""

from __future__ import annotations

from services.identity import attempts, naming, passwords, queries
from services.identity.problems import UNVERIFIED, WRONG_CREDENTIALS
from services.identity.tables import Account
from shared.http.problems import Problem
from shared.runtime.resources import Resources

NOT_STORED = {"Cache-Control": "no-store"}


async def checked(resources: Resources, email: str, password: str) -> tuple[Account, str | None]:
    """The account whose password it is, and a better hash of it if the one kept is outdated.

    Raises Problem 401, 403 until the address is verified, 429.
    """
    normal = _address(email)
    async with resources.database.transaction() as session:
        await attempts.take_sign_in(session, normal or email)
        # An address that is none is asked for all the same: as much work as for any other.
        account = await queries.by_email(session, normal or "")
    if not await passwords.matches(resources.cpu, account.password_hash if account else None, password):
        raise wrong_credentials()
    assert account is not None, "nothing matches what is not stored"
    if account.verified_at is None:
        # Said only to who knows the password, so it tells nobody of an account they did not know of.
        raise Problem(UNVERIFIED, "Open the link in the mail that was sent at sign-up.", headers=NOT_STORED)
    if passwords.outdated(account.password_hash):
        return account, await passwords.hashed(resources.cpu, passwords.composed(password))
    return account, None


def wrong_credentials() -> Problem:
    """What is answered to an address and a password that do not go together."""
    return Problem(WRONG_CREDENTIALS, "Check the e-mail address and the password.", headers=NOT_STORED)


def _address(text: str) -> str | None:
    try:
        return naming.normal_email(text)
    except ValueError:
        return None
