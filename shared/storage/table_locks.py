"""A migration waits for a table only briefly, and then tries again.

Whoever asks for a lock stands in a queue, and everybody who comes later stands behind it, even those who would get on
with the holder: a change of a table that waits for a dump stops the whole service. So a migration leaves the queue
after `LOCK_WAIT`, lets the others pass, and comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

LOCK_WAIT = 2.0
"""Seconds a migration stands in a queue, and with it those who came later."""
TRIES = 10
LONGEST_PAUSE = 8.0
"""Seconds between two tries, after the first ones: in all a migration tries for a little over a minute."""

log = structlog.get_logger()

_IN_USE = (asyncpg.LockNotAvailableError.sqlstate, asyncpg.DeadlockDetectedError.sqlstate)
# Who was in the way for LOCK_WAIT has been in a transaction for at least as long.
_OPEN = text("""
    SELECT 'process ' || pid || ' (' || concat_ws(', ', nullif(application_name, ''), state,
           'for ' || extract(epoch FROM clock_timestamp() - xact_start)::int || ' s') || ')'
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND xact_start < clock_timestamp() - make_interval(secs => :seconds)
    ORDER BY xact_start LIMIT 3
""")


class TableInUse(Exception):
    """A migration found its table in use each time it tried; names the database, who may be in the way, and the fix."""


def limit_waits(engine: AsyncEngine) -> None:
    """Let every transaction of an engine wait for a lock for `LOCK_WAIT` at most.

    What leaves the transaction (``CREATE INDEX CONCURRENTLY``) waits as long as it takes: nobody queues behind it, and
    broken off it would leave an invalid index behind.
    """

    @event.listens_for(engine.sync_engine, "begin")
    def limit(connection: Connection) -> None:
        # Without a transaction it has no effect, and PostgreSQL only warns.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{round(LOCK_WAIT * 1000)}ms'")


async def when_free(engine: AsyncEngine, database: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work``, again while tables are in use. Raises TableInUse after `TRIES`, and what else ``work`` raises."""
    for number in range(1, TRIES + 1):
        try:
            await work()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_USE:
                raise
            statement = " ".join((error.statement or "").split())[:80]
            if number == TRIES:
                raise TableInUse(
                    f"database {database}: a table was in use each of {TRIES} times that a migration asked for it"
                    f" ({statement}), and it gave up, so that nobody else had to wait; longest in a transaction:"
                    f" {await _open_transactions(engine)}; wait for them or end them, then migrate again"
                ) from error
            pause = min(0.5 * 2**number, LONGEST_PAUSE)
            log.warning("table in use", database=database, statement=statement, tries=number, retry_in=pause)
            await asyncio.sleep(pause)
        else:
            return


async def _open_transactions(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        found = (await connection.execute(_OPEN, {"seconds": LOCK_WAIT})).scalars().all()
    return ", ".join(found) or "nobody that this user may see, so ask PostgreSQL's superuser"
