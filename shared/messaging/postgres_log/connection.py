"""Connections to the log's database: built lazily, rebuilt after an outage, every call with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from shared.messaging.log import Fenced, LogError, LogUnavailable
from shared.messaging.postgres_log import schema
from shared.storage.outages import CUT

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    *CUT,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)


class Connections:
    """A small pool. The first use creates the tables."""

    def __init__(self, dsn: str, size: int, deadline: float) -> None:
        self._dsn = dsn
        self._size = size
        self._deadline = deadline
        self._pool: Any = None
        self._identity: uuid.UUID | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def identity(self) -> uuid.UUID:
        """The id stored in the database. Raises LogUnavailable."""
        if self._identity is None:
            async with self.connection():
                pass
        assert self._identity is not None
        return self._identity

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection for one statement or transaction, all of it within the deadline.

        Raises LogUnavailable, Fenced.
        """
        if self._closed:
            raise LogError("the log is closed")
        try:
            async with asyncio.timeout(self._deadline):
                pool = await self._ready()
                async with pool.acquire() as connection:
                    yield connection
        except asyncpg.PostgresError as error:
            if error.sqlstate == schema.FENCED:
                raise Fenced("another writer of this name has taken over") from error
            if isinstance(error, _AWAY):
                raise LogUnavailable(f"the log's database: {type(error).__name__}: {error}") from error
            raise LogError(f"the log's database: {type(error).__name__}: {error}") from error
        except _AWAY as error:
            raise LogUnavailable(f"the log's database: {type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close the pool within a second, by force if it must be. Never raises."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(1):
                await pool.close()
        except (*_AWAY, asyncpg.PostgresError):
            pool.terminate()

    async def _ready(self) -> Any:
        if self._identity is not None and self._pool is not None:
            return self._pool
        async with self._starting:
            if self._pool is None:
                # min_size=0: creating the pool connects to nothing.
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=self._size,
                    timeout=self._deadline,
                    command_timeout=self._deadline,
                    reset=_nothing,
                    server_settings={"application_name": "demain-log"},
                )
            if self._identity is None:
                async with self._pool.acquire() as connection:
                    self._identity = await schema.prepare(connection)
        return self._pool


async def _nothing(_: Any) -> None:
    """Undo nothing when a connection is given back: no statement of the log changes its session.

    asyncpg's own reset is a round trip more for each statement.
    """
