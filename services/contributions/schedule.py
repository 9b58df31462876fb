"""The worker that publishes what was scheduled, when it is due."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from sqlalchemy import select

from services.contributions.commands.contributions import publish_if_due
from services.contributions.tables import Contribution, now
from shared.runtime.resources import Resources
from shared.storage.database import Database
from shared.storage.tables import table_of

LONGEST_WAIT = 5.0
"""Seconds between two looks: as much too late may be what was scheduled while the worker waited."""
SHORTEST_WAIT = 0.05
AT_ONCE = 50

log = structlog.get_logger()


class Schedule:
    """Publishes what is due, for ever. Any number of processes may do so at once: each is published once."""

    def __init__(self, resources: Resources) -> None:
        self._database = resources.database

    async def run(self) -> None:
        """See the class."""
        while True:
            await asyncio.sleep(await publish_due(self._database))

    def complaint(self) -> None:
        """Nothing holds it up for long: what fails is logged, and tried again."""


async def publish_due(database: Database) -> float:
    """Publish all that is due; seconds until it is worth looking again.

    The instants are in the database, so that what came due while nobody ran is published at the next start. One
    that cannot be published does not hold up the others.
    """
    c: Any = table_of(Contribution).c
    query = select(c.id, c.publish_at).where(c.publish_at.is_not(None)).order_by(c.publish_at).limit(AT_ONCE)
    async with database.reading() as session:
        waiting = (await session.execute(query)).all()
    for row in waiting:
        ahead = float((row.publish_at - now()).total_seconds())
        if ahead > 0:
            return min(max(ahead, SHORTEST_WAIT), LONGEST_WAIT)
        try:
            async with database.transaction() as session:
                if await publish_if_due(session, row.id):
                    log.info("published as scheduled", contribution=str(row.id))
        except ConnectionError:
            raise
        except Exception as error:
            log.error("scheduled publication failed", contribution=str(row.id), exc_info=error)
    return LONGEST_WAIT
