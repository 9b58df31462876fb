"""Another e-mail address for an account: asked for with the password, verified by a link to the new one.

Nobody learns from it who has an account: whoever asks is always answered that a mail is on its way, and what that
says only its reader learns.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts, queries
from services.identity.commands import events, mail_domains
from services.identity.commands.recovery import link_used
from services.identity.letters.kinds import Kind, Language
from services.identity.letters.request import request, request_slowed
from services.identity.problems import EMAIL_TAKEN
from services.identity.tables import Account, EventKind, MailToken
from services.identity.tokens import digest_of
from shared.http.problems import Problem
from shared.storage.locks import lock


async def ask(session: AsyncSession, checked: Account, email: str, language: Language) -> bool:
    """Have the mail sent that leads to `change`; False if the password was changed since it was read.

    ``email`` is the new address, in normal form.
    """
    account = await lock(session, Account, checked.id)
    if account is None or account.forgotten_at is not None or account.password_hash != checked.password_hash:
        return False
    await request_slowed(session, Kind.CHANGE, email, language, about=account.id)
    return True


async def change(session: AsyncSession, secret: str, checked: Account, language: Language) -> bool:
    """Give an account the address a link was sent to; False if the password was changed since it was read.

    Who showed the link reads mail to the address: an account somebody else opened with it, and never verified, makes
    room. Raises Problem 409 (it has a verified account by now), 410.
    """
    account = await lock(session, Account, checked.id)
    if account is None or account.forgotten_at is not None or await queries.is_denied(session, account.id):
        raise link_used()
    if account.password_hash != checked.password_hash:
        return False
    email = await _use_up(session, secret, account)
    before = account.email
    await session.execute(
        delete(Account).where(
            col(Account.email) == email, col(Account.id) != account.id, col(Account.verified_at).is_(None)
        )
    )
    taken = select(Account.id).where(col(Account.email) == email, col(Account.id) != account.id)
    if (await session.exec(taken)).first() is not None:
        raise Problem(EMAIL_TAKEN, "Sign in to that account, or erase it first.")
    account.email = email
    account.version += 1
    await session.execute(delete(MailToken).where(col(MailToken.account_id) == account.id))
    # Of two accounts that come here at once for one address the second waits, and then fails on the constraint.
    await session.flush()
    await mail_domains.mark(session, account)
    await attempts.forget(session, before)
    if before != email:
        await request(session, Kind.CHANGED, before, language, about=account.id)
        await events.note(session, account.id, EventKind.EMAIL_CHANGED, by=account.id)
    return True


async def _use_up(session: AsyncSession, secret: str, account: Account) -> str:
    used = delete(MailToken).where(
        col(MailToken.digest) == digest_of(secret),
        col(MailToken.purpose) == Kind.CHANGE,
        col(MailToken.account_id) == account.id,
        col(MailToken.expires_at) > datetime.now(UTC),
    )
    email = (await session.execute(used.returning(col(MailToken.email)))).scalar_one_or_none()
    if email is None:
        raise link_used()
    return str(email)
