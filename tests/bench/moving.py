"""Moving messages on any log, and what a consumer costs: shared by what measures PostgreSQL and Kafka."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import text

from services.events.reactions import NAMES as EVENTS_NAMES
from shared.contracts.identity import PersonNamed
from shared.messaging.consumer import Consumer
from shared.messaging.log import Log
from shared.messaging.reactions import Reactions
from shared.messaging.relay import BATCH, Relay
from shared.storage.database import Database

UPSERTS = f"asyncpg: the same upserts, {BATCH} a transaction"
NAMES_A_MESSAGE = 5
"""So many more of the small ones that a consumer reads, for its first batch is not timed."""
DEADLINE = 120.0
"""Seconds in which all must be applied."""
NAMES = Reactions("bench", (EVENTS_NAMES,))
"""What events does with the names of people, alone."""
_COUNT = text("SELECT count(*) FROM person_name")


async def relayed(sender: Database, log: Log) -> float:
    """Seconds in which the relay moves all that waits."""
    relay = Relay(sender, log)
    writer = log.writer(relay.name)
    connection = await sender.connect()
    await writer.open()
    began = time.perf_counter()
    while await relay.move(connection, writer):
        pass
    seconds = time.perf_counter() - began
    await writer.close()
    await connection.close()
    return seconds


async def consumed(events: Database, log: Log, expected: int) -> float:
    """Seconds from the first name applied until so many are known: what joining a group takes is no work."""
    consumer = Consumer(events, log, NAMES)

    async def known() -> int:
        async with events.transaction() as session:
            return int((await session.execute(_COUNT)).scalar_one())

    before = first = await known()
    began = 0.0
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(consumer.run())
        async with asyncio.timeout(DEADLINE):
            while (now := await known()) < expected:
                if not began and now > before:
                    began, first = time.perf_counter(), now
                await asyncio.sleep(0.005)  # asking more often would be a tenth of what is measured
        seconds = time.perf_counter() - began
        working.cancel()
    # The batch that was applied before the clock ran is taken to be as quick as the others.
    return seconds * (expected - before) / (expected - first)


async def upserted(bare: asyncpg.Connection, people: Sequence[PersonNamed]) -> float:
    """Seconds in which asyncpg alone does what the consumer does for the names."""
    await bare.execute("CREATE TABLE IF NOT EXISTS person_name (id uuid PRIMARY KEY, name text)")
    began = time.perf_counter()
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        await bare.execute(
            "INSERT INTO person_name SELECT * FROM unnest($1::uuid[], $2::text[])"
            " ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
            [UUID(one.id) for one in batch],
            [one.name for one in batch],
        )
    return time.perf_counter() - began
