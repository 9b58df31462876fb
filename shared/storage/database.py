"""A service's own database: its pool, its transactions, and where it is reached directly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.ext.asyncio import AsyncSession as SQLAlchemySession
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.storage.bell import Bell
from shared.storage.outages import AWAY


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a database is. ``direct`` bypasses a pooler: for locks, LISTEN and migrations."""

    pooled: URL
    direct: URL

    @classmethod
    def of(cls, url: str, *, direct: str | None = None, database: str | None = None) -> DatabaseAddress:
        """Read ``postgresql://…`` addresses; ``database`` replaces the database they name."""
        pooled, straight = (make_url(one).set(drivername="postgresql+asyncpg") for one in (url, direct or url))
        if database is not None:
            pooled, straight = pooled.set(database=database), straight.set(database=database)
        return cls(pooled, straight)

    def elsewhere(self, database: str) -> DatabaseAddress:
        """Another database of the same server."""
        return DatabaseAddress(self.pooled.set(database=database), self.direct.set(database=database))

    @property
    def dsn(self) -> str:
        """The direct address for asyncpg itself. Holds the password: never log it."""
        return self.direct.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def name(self) -> str:
        """Name of the database."""
        return self.pooled.database or ""


LONGEST_PAUSE = 15
"""Seconds a transaction may wait for us. A process that is stopped in the middle of one, or whose network is silent,
would hold its locks for ever otherwise, and keep those waiting that took over from it."""


class DatabaseAway(ConnectionError):
    """The database cannot be reached, or lets nobody in now: try again later."""


def _pause(address: DatabaseAddress) -> dict[str, str]:
    """The limit as a setting of connections; a pooler would refuse it, and it must be set on the server then."""
    return {"idle_in_transaction_session_timeout": f"{LONGEST_PAUSE}s"} if address.pooled == address.direct else {}


async def _enter(*args: Any, **options: Any) -> asyncpg.Connection:
    """Connect. SQLAlchemy hands on what asyncpg raises here as it is, so that nobody could tell it from a mistake."""
    try:
        return await asyncpg.connect(*args, **options)
    except AWAY as error:
        raise DatabaseAway(f"{type(error).__name__}: {error}") from error


class ServiceSession(AsyncSession):
    """SQLModel's session without its warning on `execute`: selects of columns and SQL text are meant here."""

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        """SQLAlchemy's own `execute`."""
        return await SQLAlchemySession.execute(self, *args, **kwargs)


class Transactions(Protocol):
    """Who gives transactions: a `Database`, or a part of one."""

    @property
    def service(self) -> str:
        """Whose it is."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session whose transaction commits once, when the block ends without an error."""


class Database:
    """One database and its connection pool. Construction connects to nothing."""

    def __init__(self, service: str, address: DatabaseAddress, *, pool_size: int = 8) -> None:
        self.service = service
        self.address = address
        self.epoch = 0
        """Set from the lineage before any command runs; in every message told."""
        self.bell = Bell(self.connect)
        self.engine: AsyncEngine = create_async_engine(
            address.pooled,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            # An error's text goes to the log: it must not hold what was written (addresses, hashes, digests).
            hide_parameters=True,
            connect_args={
                "async_creator_fn": _enter,
                "timeout": 5,
                "command_timeout": 60,
                "server_settings": {"application_name": service, **_pause(address)},
            },
        )
        self.sessions = async_sessionmaker(self.engine, class_=ServiceSession, expire_on_commit=False)
        reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._readings = async_sessionmaker(reading, class_=ServiceSession, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose transaction commits once, when the block ends without an error.

        Nobody else commits. Messages told in it wake the relay after the commit.
        """
        async with self.sessions() as session:
            session.info["database"] = self
            async with session.begin():
                yield session
            if session.info.get("told"):
                self.bell.ring()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that changes nothing, on the same pool.

        Each statement sees what is committed, as in a transaction of ours (READ COMMITTED); there is only none to
        begin and to end, which is two round trips less. What was added to it or changed is an error at its end.
        """
        async with self._readings() as session:
            session.info["database"] = self
            yield session
            if session.new or session.dirty or session.deleted or session.info.get("told"):
                raise AssertionError("a session for reading was written to: change things in a transaction")

    async def connect(self) -> asyncpg.Connection:
        """A bare connection of its own, past any pooler, with keepalives short enough to notice a silent network.

        Raises DatabaseAway.
        """
        return await _enter(
            self.address.dsn,
            timeout=5,
            command_timeout=10,
            server_settings={
                "application_name": f"{self.service}-direct",
                "tcp_keepalives_idle": "2",
                "tcp_keepalives_interval": "2",
                "tcp_keepalives_count": "3",
            },
        )

    async def close(self) -> None:
        """Close the pool."""
        await self.bell.close()
        await self.engine.dispose()
