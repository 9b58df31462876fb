"""Locks: of a row, for a command; of a duty, for the one process that does it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import asyncpg
import structlog
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.storage.database import Database
from shared.storage.outages import AWAY

EntityT = TypeVar("EntityT", bound=SQLModel)

HEARTBEAT = 2.0
"""Seconds between two signs of life of a duty's holder."""
SILENT = 10
"""Seconds without one after which PostgreSQL takes the duty away: a process that is stopped, or whose network is
silent, cannot give it back; keepalives do not find out, for its kernel answers them."""

log = structlog.get_logger()

_HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (classid::bigint << 32) | objid::bigint = $1)
"""


async def lock(session: AsyncSession, entity: type[EntityT], id: UUID | str | bytes) -> EntityT | None:
    """The entity as it is now, locked until the transaction ends; None if there is none.

    Always reads the row again: a plain ``FOR UPDATE`` after a read in the same session would hand back the
    old one.
    """
    return await session.get(entity, id, with_for_update=True, populate_existing=True)


class Duty:
    """Something only one process does at a time; the others stand by and take over.

    Its connection is the heart's alone: a connection does one thing at a time, and a beat that met another statement
    on it would be refused, and the duty lost.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.lost = asyncio.Event()

    async def _beat(self) -> None:
        try:
            while True:
                await asyncio.sleep(HEARTBEAT)
                async with asyncio.timeout(HEARTBEAT * 3):
                    await self._connection.execute("SELECT 1")
        except AWAY as error:
            log.warning("duty lost", why=repr(error))
        finally:
            # Whatever it was: without a heartbeat nobody can be sure of the duty.
            self.lost.set()


@asynccontextmanager
async def duty(database: Database, name: str) -> AsyncIterator[Duty]:
    """Wait until this process holds the duty, and hold it while the block runs.

    Raises what connecting raises. `Duty.lost` is set when the holder can no longer be sure of it; what is done
    until that is noticed is made harmless by fencing, not by this lock.
    """
    connection = await database.connect()
    heart: asyncio.Task[None] | None = None
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _number(name)):
            await asyncio.sleep(HEARTBEAT)
        await connection.execute(f"SET idle_session_timeout = '{SILENT}s'")
        held = Duty(connection)
        heart = asyncio.create_task(held._beat())
        yield held
    finally:
        if heart is not None:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
        with contextlib.suppress(*AWAY):
            await connection.close(timeout=2)


async def is_held(database: Database, name: str) -> bool:
    """Whether some process holds the duty now. Raises what connecting raises."""
    connection = await database.connect()
    try:
        return bool(await connection.fetchval(_HELD, _number(name)))
    finally:
        await connection.close(timeout=2)


def _number(name: str) -> int:
    """The advisory lock of a duty."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
