"""Workers at work while a block runs, and what stands on the log and in the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text

from shared.messaging.envelope import Incoming, open_envelope
from shared.messaging.log import Log
from shared.storage.database import Database
from tests.messaging.bulletin.contracts import BULLETINS, BulletinPosted
from tests.support.waiting import eventually


@asynccontextmanager
async def at_work(*workers: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run workers; what ended with an error by itself is raised when the block ends."""

    async def keep(work: Callable[[], Awaitable[None]]) -> None:
        await work()

    tasks = [asyncio.create_task(keep(work)) for work in workers]
    try:
        yield tasks
    finally:
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in ended:
            task.result()


async def messages(log: Log, topic: str = BULLETINS.name) -> list[Incoming]:
    """All messages on a topic, in the log's order by partition."""
    reader = log.reader()
    found: list[Incoming] = []
    try:
        partitions = await log.partitions(topic)
        await reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        while any(place < ends[p] for p, place in (await reader.positions(partitions)).items()):
            found += [open_envelope(record) for record in await reader.poll(1.0)]
    finally:
        await reader.close()
    return found


def titles(found: list[Incoming]) -> list[str | None]:
    """Their titles; None for one that tells of a removal."""
    return [m.contract.title if isinstance(m.contract, BulletinPosted) else None for m in found]


async def waiting_rows(database: Database) -> int:
    """How many messages wait in the outbox."""
    async with database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one())


async def relayed(database: Database) -> None:
    """Wait until the outbox is empty."""

    async def empty() -> bool:
        return await waiting_rows(database) == 0

    await eventually(empty)
