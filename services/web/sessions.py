"""Sessions of browsers: opened at sign-in, found by their cookie, renewed, ended.

Each function is one short transaction of its own: a page waits for other services most of its time, and a
connection held meanwhile would make them wait for each other.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sqlalchemy import delete, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.web import clock
from services.web.tables import SiteSession
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.identity import IdentityClient, Me, SignedIn
from shared.clients.provider import ProviderClient

LIFE = timedelta(days=30)
"""How long a session lasts at most."""
IDLE = timedelta(days=14)
"""How long it lasts without a visit."""
SEEN_EVERY = timedelta(minutes=5)
"""How often a visit is written down."""
MARGIN = timedelta(seconds=20)
"""An access token this close to its end is renewed first, so that it lasts for the page."""

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens a transaction that is committed on leaving, rolled back on an exception."""


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in, as a page needs to know them."""

    key: bytes
    person: str
    name: str
    roles: frozenset[str]
    csrf: bytes
    signed_in_at: datetime

    def has_role(self, *roles: str) -> bool:
        """Whether one of ``roles`` was held when last heard. Services decide; this only spares a dead end."""
        return not self.roles.isdisjoint(roles)

    def form_token(self) -> str:
        """What every form of this session carries."""
        return hmac.new(self.csrf, b"form", hashlib.sha256).hexdigest()


def cookie_key(value: str) -> bytes:
    """The key under which the session of a cookie is kept."""
    return hashlib.sha256(value.encode()).digest()


class Sessions:
    """The sessions of all browsers."""

    def __init__(
        self,
        transaction: Transaction,
        identity: Callable[[], IdentityClient],
        provider: Callable[[], ProviderClient],
        *,
        secret: str,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._transaction = transaction
        self._identity = identity
        self._provider = provider
        self._secret = secret
        self._now = now
        self._renewing: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def open(self, tokens: SignedIn, me: Me, *, instead_of: str | None = None) -> str:
        """Start a session and return the cookie's value, always a new one.

        ``instead_of`` is the cookie the browser had before, whose session ends: a value that somebody
        planted before the sign-in is worth nothing after it.
        """
        value = secrets.token_urlsafe(32)
        now = self._now()
        async with self._transaction() as session:
            await session.exec(
                delete(SiteSession).where((col(SiteSession.expires_at) < now) | (col(SiteSession.seen_at) < now - IDLE))
            )
            if instead_of:
                await session.exec(delete(SiteSession).where(col(SiteSession.key) == cookie_key(instead_of)))
            session.add(
                SiteSession(
                    key=cookie_key(value),
                    person=me.id,
                    name=me.display_name,
                    roles=list(me.roles),
                    csrf=secrets.token_bytes(32),
                    refresh_token=tokens.refresh_token,
                    access_token=tokens.access_token,
                    access_expires_at=now + timedelta(seconds=tokens.expires_in),
                    created_at=now,
                    seen_at=now,
                    expires_at=now + LIFE,
                )
            )
        return value

    async def find(self, cookie: str) -> Visitor | None:
        """Who the cookie belongs to; None when the session ended, or never was."""
        key = cookie_key(cookie)
        now = self._now()
        async with self._transaction() as session:
            columns = (
                SiteSession.person,
                SiteSession.name,
                SiteSession.roles,
                SiteSession.csrf,
                SiteSession.seen_at,
                SiteSession.created_at,
            )
            found = (
                await session.execute(
                    select(*columns).where(  # type: ignore[call-overload]
                        col(SiteSession.key) == key,
                        col(SiteSession.expires_at) > now,
                        col(SiteSession.seen_at) > now - IDLE,
                    )
                )
            ).one_or_none()
            if found is None:
                return None
            if found.seen_at < now - SEEN_EVERY:
                await session.execute(update(SiteSession).where(col(SiteSession.key) == key).values(seen_at=now))
        return Visitor(key, found.person, found.name, frozenset(found.roles), found.csrf, found.created_at)

    async def access_token(self, visitor: Visitor) -> str | None:
        """A token that other services accept now, renewed if need be; None when the session is over.

        The row stays locked during the renewal, which is the one call made inside a transaction: a refresh
        token is good for one use, and a second use of it looks like theft and ends the session. Within a
        process the requests of one session queue before they take a connection.

        Raises ServiceDown or ServiceProblem when identity cannot renew it now.
        """
        async with self._transaction() as session:
            found = (
                await session.execute(
                    select(SiteSession.access_token, SiteSession.access_expires_at).where(  # type: ignore[call-overload]
                        col(SiteSession.key) == visitor.key
                    )
                )
            ).one_or_none()
        if found is None:
            return None
        if found.access_expires_at > self._now() + MARGIN:
            return str(found.access_token)
        lock = self._renewing.setdefault(visitor.key, asyncio.Lock())
        async with lock:
            return await self._renew(visitor.key)

    async def _renew(self, key: bytes) -> str | None:
        async with self._transaction() as session:
            row = (
                await session.execute(
                    select(SiteSession)
                    .where(col(SiteSession.key) == key)
                    .with_for_update()
                    .execution_options(populate_existing=True)
                )
            ).scalar_one_or_none()
            if row is None:
                return None
            if row.access_expires_at > self._now() + MARGIN:
                return str(row.access_token)
            try:
                tokens = await self._provider().refresh(row.refresh_token, secret=self._secret)
            except ServiceProblem as problem:
                # Anything else is not about this sign-in: a secret that is wrong must not sign everybody out.
                if problem.extra.get("error") != "invalid_grant":
                    raise
                await session.delete(row)
                return None
            row.refresh_token = tokens.refresh_token
            row.access_token = tokens.access_token
            row.access_expires_at = self._now() + timedelta(seconds=tokens.expires_in)
        await self._hear_of(key, tokens.access_token)
        return tokens.access_token

    async def _hear_of(self, key: bytes, token: str) -> None:
        """Learn name and roles again; what was known before is good enough while identity is away."""
        try:
            me = await self._identity().me(token)
        except (ServiceDown, ServiceProblem):
            return
        async with self._transaction() as session:
            await session.execute(
                update(SiteSession)
                .where(col(SiteSession.key) == key)
                .values(name=me.display_name, roles=list(me.roles))
            )

    async def end(self, visitor: Visitor) -> None:
        """End the session here and at identity. It ends here even if identity does not answer."""
        async with self._transaction() as session:
            refresh_token = (
                await session.execute(
                    delete(SiteSession)
                    .where(col(SiteSession.key) == visitor.key)
                    .returning(col(SiteSession.refresh_token))
                )
            ).scalar_one_or_none()
        if refresh_token is not None:
            try:
                await self._provider().revoke(str(refresh_token), secret=self._secret)
            except (ServiceDown, ServiceProblem):
                return

    async def rename(self, visitor: Visitor, name: str) -> None:
        """Call somebody by their new name in all their sessions, without waiting for the next renewal."""
        async with self._transaction() as session:
            await session.execute(
                update(SiteSession).where(col(SiteSession.person) == visitor.person).values(name=name)
            )

    async def forget_person(self, visitor: Visitor) -> None:
        """Drop every session of somebody whose account is gone."""
        async with self._transaction() as session:
            await session.execute(delete(SiteSession).where(col(SiteSession.person) == visitor.person))

    async def forget(self, visitor: Visitor) -> None:
        """Drop a session whose tokens are refused."""
        async with self._transaction() as session:
            await session.execute(delete(SiteSession).where(col(SiteSession.key) == visitor.key))
