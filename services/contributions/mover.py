"""Carries merges through: what still has a merged theme or territory gets its successor.

It runs in every process of the service: after a merge, at the start (a process may have stopped in the middle), and now
and then for what others left. Several at once do no harm: each takes rows the others do not hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.contributions.commands.merging import move_some
from services.contributions.tables import Territory, Theme
from shared.runtime.resources import Resources
from shared.storage.database import Database

EVERY = 60.0
"""Seconds between two looks when nobody asked."""
AGAIN = 1.0
"""Seconds before it looks again after an error."""

log = structlog.get_logger()


class Mover:
    """Construction connects to nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked = asyncio.Event()
        self._asked.set()
        self.resting = False
        """Whether it has done what it was asked, and waits."""

    def wake(self) -> None:
        """There is something to do; call it after the commit."""
        self._asked.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            self.resting = not self._asked.is_set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._asked.wait()
            self.resting = False
            self._asked.clear()
            try:
                moved = await self.move_all()
            except (SQLAlchemyError, ConnectionError, TimeoutError) as error:
                # The database is away, or not migrated yet.
                log.info("merges wait", why=type(error).__name__)
                await asyncio.sleep(AGAIN)
                self._asked.set()
            else:
                if moved:
                    log.info("merged labels moved", contributions=moved)

    async def move_all(self) -> int:
        """Move what is there to move, a transaction for each batch; how many contributions that were."""
        total = 0
        for entity in (Theme, Territory):
            while True:
                async with self._database.transaction() as session:
                    moved = await move_some(session, entity)
                total += moved
                if not moved:
                    break
        return total


@asynccontextmanager
async def moving(resources: Resources) -> AsyncIterator[None]:
    """The lifespan of the service."""
    mover = resources.own["mover"] = Mover(resources.database)
    task = asyncio.create_task(mover.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def mover_of(resources: Resources) -> Mover:
    """The mover of this process."""
    return cast(Mover, resources.own["mover"])
