"""What a link in a mail is good for: verifying an address, choosing another password. And changing the password.

A link is used up by a DELETE under the account's lock: of two who come with it at once the second finds it gone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts
from services.identity.commands import sign_ins
from services.identity.commands.accounts import verified
from services.identity.letters.kinds import Kind, Language
from services.identity.letters.request import request
from services.identity.problems import LINK_USED
from services.identity.tables import Account, MailToken
from services.identity.tokens import Tokens, digest_of
from shared.http.problems import Problem
from shared.storage.locks import lock


def link_used() -> Problem:
    """What is answered to a link that is used up, too old, or was never ours."""
    return Problem(
        LINK_USED, "It was used, or is too old. Ask for another mail.", headers={"Cache-Control": "no-store"}
    )


async def verify(session: AsyncSession, secret: str, checked: Account, *, life: timedelta) -> Tokens | None:
    """Make an account usable, and sign in to it: its owner showed a link's secret and the right password.

    None if the password was changed since it was read. Raises Problem 410.
    """
    account = await _account_of(session, secret, Kind.VERIFY)
    if account.password_hash != checked.password_hash:
        return None
    await _use_up_all(session, account)
    await verified(session, account)
    return await sign_ins.begin_for(session, account, life=life)


async def reset_password(session: AsyncSession, secret: str, password_hash: str, language: Language) -> None:
    """Another password for whoever showed a link's secret; everybody is signed out. Raises Problem 410.

    The mail came to the address, so that it is verified too.
    """
    account = await _account_of(session, secret, Kind.RESET)
    await _use_up_all(session, account)
    await verified(session, account)
    await _another_password(session, account, password_hash, language)


async def change_password(
    session: AsyncSession, checked: Account, password_hash: str, language: Language, *, life: timedelta
) -> Tokens | None:
    """Another password for somebody signed in; everybody is signed out, and they are signed in anew.

    None if the password was changed since it was read.
    """
    account = await lock(session, Account, checked.id)
    if account is None or account.forgotten_at is not None or account.password_hash != checked.password_hash:
        return None
    await _use_up_all(session, account)
    await _another_password(session, account, password_hash, language)
    return await sign_ins.begin_for(session, account, life=life)


async def _another_password(session: AsyncSession, account: Account, password_hash: str, language: Language) -> None:
    account.password_hash = password_hash
    await sign_ins.end_all(session, account)
    await attempts.succeeded(session, account.email)
    await request(session, Kind.PASSWORD_CHANGED, account.email, language)


async def _account_of(session: AsyncSession, secret: str, purpose: Kind) -> Account:
    """The account a link is for, locked; the link is used up. Raises Problem 410."""
    found = select(MailToken.account_id).where(col(MailToken.digest) == digest_of(secret))
    id = (await session.exec(found)).one_or_none()
    # The account before its links, as everywhere: the other way round two could wait for each other.
    account = await lock(session, Account, id) if id is not None else None
    if account is None or account.forgotten_at is not None or not await _use_up(session, secret, purpose):
        raise link_used()
    return account


async def _use_up(session: AsyncSession, secret: str, purpose: Kind) -> bool:
    used = delete(MailToken).where(
        col(MailToken.digest) == digest_of(secret),
        col(MailToken.purpose) == purpose,
        col(MailToken.expires_at) > datetime.now(UTC),
    )
    return (await session.execute(used.returning(col(MailToken.account_id)))).scalar_one_or_none() is not None


async def _use_up_all(session: AsyncSession, account: Account) -> None:
    """Links sent before are worth nothing any more."""
    await session.execute(delete(MailToken).where(col(MailToken.account_id) == account.id))
