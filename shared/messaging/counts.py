"""Counters travel coalesced: where many people touch one entity at once, its state is told at most once a second.

A command that changes a count says `Counted.counts_owed` in its transaction; this worker tells the state again. The
mark is in the database, so that nothing is left untold by a process that stopped in between.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from sqlalchemy import Boolean, select, text
from sqlmodel import Field

from shared.messaging.outbox import tell
from shared.runtime.resources import Resources
from shared.runtime.service import StateTopic
from shared.storage.database import Database
from shared.storage.locks import lock
from shared.storage.tables import Versioned, table_of

EVERY = 1.0
"""Seconds between two looks."""
AT_ONCE = 500

log = structlog.get_logger()


class Counted(Versioned):
    """An entity with counts that change by themselves, beside its versions; it wants an index `OWED`."""

    counts_owed: bool = Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": text("false")})
    """Whether a count has changed that the others were not told of."""


OWED: dict[str, Any] = {"postgresql_where": text("counts_owed")}
"""Of which rows the index of a table is."""


class Counts:
    """Tells the states of entities whose counts changed, for ever. Any number of processes may do so at once."""

    def __init__(self, resources: Resources, state: StateTopic) -> None:
        self._database = resources.database
        self._state = state

    async def run(self) -> None:
        """See the class."""
        while True:
            if await tell_counts(self._database, self._state) < AT_ONCE:
                await asyncio.sleep(EVERY)

    def complaint(self) -> None:
        """What fails is tried again; that the database is away others say."""


async def tell_counts(database: Database, state: StateTopic) -> int:
    """Tell some of those that are owed, each in a transaction of its own; how many there were."""
    c: Any = table_of(state.entity).c
    async with database.reading() as session:
        owed = (await session.execute(select(c.id).where(c.counts_owed).limit(AT_ONCE))).scalars().all()
    for id in owed:
        async with database.transaction() as session:
            entity: Any = await lock(session, state.entity, id)
            if entity is None or not entity.counts_owed:
                continue  # another process did it
            entity.counts_owed = False
            session.add(entity)
            message = state.state(entity)
            if message is not None:
                await tell(session, entity, message)
    return len(owed)
