"""Signing in, staying signed in, signing out.

Everything about one sign-in happens under the lock of its row: of two who show the same refresh token at
once, one is first, and the other shows a used one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import attempts, queries
from services.identity.commands import keys
from services.identity.credentials import NOT_STORED
from services.identity.problems import SUSPENDED
from services.identity.tables import Account, AuthorizationCode, RefreshToken, SignIn
from services.identity.tokens import SIGN_IN_LIFE, Lent, Tokens, access_token, digest_of, new_secret
from shared.http.problems import Problem
from shared.storage.locks import lock

log = structlog.get_logger()


@dataclass(frozen=True)
class Holder:
    """Who shows a refresh token: a client, or a program of the person's own, which is no client (``None``)."""

    client_id: str | None = None
    takes_over: str | None = None
    """The scope with which it may take over a sign-in that belongs to no client; None: it may not."""

    def may_use(self, sign_in: SignIn) -> bool:
        """Whether the sign-in is theirs, or may become so."""
        return sign_in.client_id == self.client_id or (sign_in.client_id is None and self.takes_over is not None)


_NO_CLIENT = Holder()


async def begin(
    session: AsyncSession, account: Account, *, life: timedelta, better_hash: str | None = None
) -> Tokens | None:
    """Sign in to an account whose password was found right; None if it was changed since it was read.

    Raises Problem 403 (suspended). ``life`` is that of access tokens. ``better_hash`` takes the place of a hash with
    outdated parameters.
    """
    current = await still_right(session, account, better_hash=better_hash)
    return await begin_for(session, current, life=life) if current is not None else None


async def still_right(session: AsyncSession, account: Account, *, better_hash: str | None = None) -> Account | None:
    """The account, locked, whose password was found right; None if it was changed since it was read.

    ``better_hash`` takes the place of a hash with outdated parameters.
    """
    verified = account.password_hash
    current = await lock(session, Account, account.id)
    if current is None or current.forgotten_at is not None or current.password_hash != verified:
        return None
    if better_hash is not None:
        current.password_hash = better_hash
    return current


async def begin_for(session: AsyncSession, current: Account, *, life: timedelta) -> Tokens:
    """Sign in to an account, which is locked; what was tried before is forgotten. Raises Problem 403 (suspended)."""
    await refuse_suspended(session, current)
    await attempts.succeeded(session, current.email)
    now = datetime.now(UTC)
    sign_in = await _new(session, SignIn(account_id=current.id, created_at=now, expires_at=now + SIGN_IN_LIFE))
    return await _tokens(session, current, sign_in, now, life)


async def refuse_suspended(session: AsyncSession, account: Account) -> None:
    """Raises Problem 403 (suspended). Ask it only for who showed the password: it tells nobody else of it then."""
    if await queries.is_denied(session, account.id):
        raise Problem(SUSPENDED, "Write to the team from the address of your account.", headers=NOT_STORED)


async def lend(
    session: AsyncSession, current: Account, code: AuthorizationCode, *, life: timedelta, lasting: bool
) -> Tokens:
    """The tokens a client gets for a code; account and code are locked.

    Not ``lasting``, there is no refresh token (it is empty), and nothing to end after the access token.
    """
    now = datetime.now(UTC)
    sign_in = await _new(
        session,
        SignIn(
            account_id=current.id,
            created_at=now,
            expires_at=now + (SIGN_IN_LIFE if lasting else life),
            client_id=code.client_id,
            scope=code.scope,
            authenticated_at=code.authenticated_at,
        ),
    )
    code.sign_in_id = sign_in.id
    return await _tokens(session, current, sign_in, now, life, lasting=lasting)


async def _new(session: AsyncSession, sign_in: SignIn) -> SignIn:
    over = (col(SignIn.account_id) == sign_in.account_id, col(SignIn.expires_at) <= sign_in.created_at)
    await session.execute(delete(SignIn).where(*over))
    session.add(sign_in)
    await session.flush()
    return sign_in


async def prolong(
    session: AsyncSession, refresh_token: str, *, life: timedelta, by: Holder = _NO_CLIENT, scope: str | None = None
) -> Tokens | None:
    """New tokens for a refresh token, which is used up by it; None when it is not good (any more), or another's.

    ``scope`` narrows what the access token is for, this time.

    A used one shown again was stolen, by the first who showed it or by this one: the sign-in ends. So the
    caller must commit also when the answer is None.
    """
    digest, now = digest_of(refresh_token), datetime.now(UTC)
    sign_in = await _of_token(session, digest)
    if sign_in is None or sign_in.revoked_at is not None or not by.may_use(sign_in):
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
    if sign_in.client_id is None:
        sign_in.client_id, sign_in.scope = by.client_id, by.takes_over
    sign_in.expires_at = now + SIGN_IN_LIFE
    await session.execute(
        delete(RefreshToken).where(col(RefreshToken.sign_in_id) == sign_in.id, col(RefreshToken.expires_at) <= now)
    )
    return await _tokens(session, account, sign_in, now, life, scope=scope)


async def lent(session: AsyncSession, refresh_token: str) -> SignIn | None:
    """The sign-in a refresh token belongs to, as it stands, not locked."""
    found = select(SignIn).join(RefreshToken, col(RefreshToken.sign_in_id) == col(SignIn.id))
    return (await session.exec(found.where(col(RefreshToken.digest) == digest_of(refresh_token)))).one_or_none()


async def end_all(session: AsyncSession, account: Account) -> None:
    """End every sign-in of an account, which is locked, so that none begins meanwhile; codes are worth nothing."""
    codes = delete(AuthorizationCode).where(col(AuthorizationCode.account_id) == account.id)
    await session.execute(codes.where(col(AuthorizationCode.used_at).is_(None)))
    ended = update(SignIn).where(col(SignIn.account_id) == account.id, col(SignIn.revoked_at).is_(None))
    await session.execute(ended.values(revoked_at=datetime.now(UTC)))


async def end(session: AsyncSession, refresh_token: str, *, by: Holder = _NO_CLIENT) -> None:
    """Sign out; a token nobody has, or had, or that is another's, changes nothing."""
    sign_in = await _of_token(session, digest_of(refresh_token))
    if sign_in is not None and sign_in.revoked_at is None and by.may_use(sign_in):
        sign_in.revoked_at = datetime.now(UTC)


async def _of_token(session: AsyncSession, digest: bytes) -> SignIn | None:
    """The sign-in a token belongs to, locked."""
    found = select(RefreshToken.sign_in_id).where(col(RefreshToken.digest) == digest)
    id = (await session.exec(found)).one_or_none()
    return await lock(session, SignIn, id) if id is not None else None


async def _shown(session: AsyncSession, digest: bytes) -> RefreshToken | None:
    """The token as it is now that its sign-in is locked."""
    return await session.get(RefreshToken, digest, populate_existing=True)


async def _tokens(
    session: AsyncSession,
    account: Account,
    sign_in: SignIn,
    now: datetime,
    life: timedelta,
    *,
    lasting: bool = True,
    scope: str | None = None,
) -> Tokens:
    secret = new_secret() if lasting else ""
    if lasting:
        session.add(RefreshToken(digest=digest_of(secret), sign_in_id=sign_in.id, expires_at=sign_in.expires_at))
    view = await queries.view(session, account)
    key = await keys.active(session)
    scope = scope or sign_in.scope
    signed = access_token(
        key,
        account.id,
        view.roles,
        now=now,
        life=life,
        authenticated_at=sign_in.authenticated_at or sign_in.created_at,
        lent=Lent(sign_in.client_id, scope or "") if sign_in.client_id is not None else None,
    )
    return Tokens(signed, int(life.total_seconds()), secret, scope)
