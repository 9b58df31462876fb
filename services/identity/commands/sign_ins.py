"""Signing in, staying signed in, signing out.

Everything about one sign-in happens under the lock of its row: of two who show the same refresh token at
once, one is first, and the other shows a used one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts, queries
from services.identity.commands import keys
from services.identity.problems import SUSPENDED
from services.identity.tables import Account, RefreshToken, SignIn
from services.identity.tokens import SIGN_IN_LIFE, Tokens, access_token, digest_of, new_secret
from shared.http.problems import Problem
from shared.storage.locks import lock

NOT_STORED = {"Cache-Control": "no-store"}
"""Headers of what nobody on the way may keep."""

log = structlog.get_logger()


async def begin(
    session: AsyncSession, account: Account, *, life: timedelta, better_hash: str | None = None
) -> Tokens | None:
    """Sign in to an account whose password was found right; None if it was changed since it was read.

    Raises Problem 403 (suspended). ``life`` is that of access tokens. ``better_hash`` takes the place of a hash with
    outdated parameters.
    """
    verified = account.password_hash
    current = await lock(session, Account, account.id)
    if current is None or current.forgotten_at is not None or current.password_hash != verified:
        return None
    if better_hash is not None:
        current.password_hash = better_hash
    return await begin_for(session, current, life=life)


async def begin_for(session: AsyncSession, current: Account, *, life: timedelta) -> Tokens:
    """Sign in to an account, which is locked; what was tried before is forgotten. Raises Problem 403 (suspended)."""
    if await queries.is_denied(session, current.id):
        # Said only to who showed the password, so it tells nobody else of it.
        raise Problem(SUSPENDED, "Write to the team from the address of your account.", headers=NOT_STORED)
    await attempts.succeeded(session, current.email)
    now = datetime.now(UTC)
    await session.execute(delete(SignIn).where(col(SignIn.account_id) == current.id, col(SignIn.expires_at) <= now))
    sign_in = SignIn(account_id=current.id, created_at=now, expires_at=now + SIGN_IN_LIFE)
    session.add(sign_in)
    await session.flush()
    return await _tokens(session, current, sign_in, now, life)


async def prolong(session: AsyncSession, refresh_token: str, *, life: timedelta) -> Tokens | None:
    """New tokens for a refresh token, which is used up by it; None when it is not good (any more).

    A used one shown again was stolen, by the first who showed it or by this one: the sign-in ends. So the
    caller must commit also when the answer is None.
    """
    digest, now = digest_of(refresh_token), datetime.now(UTC)
    sign_in = await _of_token(session, digest)
    if sign_in is None or sign_in.revoked_at is not None:
        return None
    shown = await _shown(session, digest)
    if shown is None or shown.expires_at <= now:
        return None
    if shown.used_at is not None:
        sign_in.revoked_at = now
        log.warning("a used refresh token was shown again: the sign-in ends", sign_in=str(sign_in.id))
        return None
    account = await session.get(Account, sign_in.account_id)
    if account is None or account.forgotten_at is not None or await queries.is_denied(session, account.id):
        return None
    shown.used_at = now
    sign_in.expires_at = now + SIGN_IN_LIFE
    await session.execute(
        delete(RefreshToken).where(col(RefreshToken.sign_in_id) == sign_in.id, col(RefreshToken.expires_at) <= now)
    )
    return await _tokens(session, account, sign_in, now, life)


async def end_all(session: AsyncSession, account: Account) -> None:
    """End every sign-in of an account, which is locked, so that none begins meanwhile."""
    ended = update(SignIn).where(col(SignIn.account_id) == account.id, col(SignIn.revoked_at).is_(None))
    await session.execute(ended.values(revoked_at=datetime.now(UTC)))


async def end(session: AsyncSession, refresh_token: str) -> None:
    """Sign out; a token nobody has, or had, changes nothing."""
    sign_in = await _of_token(session, digest_of(refresh_token))
    if sign_in is not None and sign_in.revoked_at is None:
        sign_in.revoked_at = datetime.now(UTC)


async def _of_token(session: AsyncSession, digest: bytes) -> SignIn | None:
    """The sign-in a token belongs to, locked."""
    found = select(RefreshToken.sign_in_id).where(col(RefreshToken.digest) == digest)
    id = (await session.exec(found)).one_or_none()
    return await lock(session, SignIn, id) if id is not None else None


async def _shown(session: AsyncSession, digest: bytes) -> RefreshToken | None:
    """The token as it is now that its sign-in is locked."""
    return await session.get(RefreshToken, digest, populate_existing=True)


async def _tokens(session: AsyncSession, account: Account, sign_in: SignIn, now: datetime, life: timedelta) -> Tokens:
    secret = new_secret()
    session.add(RefreshToken(digest=digest_of(secret), sign_in_id=sign_in.id, expires_at=sign_in.expires_at))
    view = await queries.view(session, account)
    key = await keys.active(session)
    signed = access_token(key, account.id, view.roles, now=now, life=life)
    return Tokens(signed, int(life.total_seconds()), secret)
