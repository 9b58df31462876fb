"""The hearer as a process of its own, which can be killed and stopped: ``python -m tests.messaging.hearer.process``.

It hears slowly, so that whatever happens to it happens in the middle of a batch, and writes down which partitions it
has. ``careless`` takes a guard away: ``unguarded`` applies whatever is read, ``offsets-first`` commits its offsets
before what they stand for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging import guards
from shared.messaging.applier import Applier, Outcome
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Incoming
from shared.messaging.kafka_log import KafkaLog, KafkaSettings
from shared.messaging.log import Received
from shared.messaging.reactions import Reactions, StateReaction
from shared.runtime import logging
from shared.storage.database import Database, DatabaseAddress
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.hearer.service import hear, hide

SLOWNESS = 0.02
"""Seconds a message takes."""
SESSION = 3000
"""Milliseconds after which the group gives up on a silent member."""


async def _hear_slowly(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    for message in messages:
        await hear(session, [message])
        await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": SLOWNESS})


async def _unguarded(session: AsyncSession, consumer: str, messages: Sequence[Incoming]) -> list[Incoming]:
    return list(messages)


class _OffsetsFirst(Applier):
    async def _together(self, batch: Sequence[tuple[Received, Incoming]], outcome: Outcome) -> None:
        offsets = {record.partition: record.offset + 1 for record, _ in batch}
        async with self._database.transaction() as session:
            await guards.store_offsets(session, self._reactions.consumer, self._log_id, offsets)
        await super()._together(batch, outcome)


async def _run(dsn: str, kafka: str, place: Path, careless: str) -> None:
    from shared.messaging import consumer as module

    if careless == "unguarded":
        guards.newest = _unguarded
    elif careless == "offsets-first":
        module.Applier = _OffsetsFirst  # type: ignore[misc]
    database = Database("hearer", DatabaseAddress.of(dsn), pool_size=2)
    log = KafkaLog(KafkaSettings((kafka,), session_timeout_ms=SESSION, fetch_max_wait_ms=50, close_timeout_ms=2000))
    reactions = Reactions("hearer", states=(StateReaction(BULLETINS, _hear_slowly, hide),))
    consumer = Consumer(database, log, reactions, poll=0.1, backoff=0.2)
    hearing = asyncio.create_task(consumer.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, hearing.cancel)
    written = None
    with contextlib.suppress(asyncio.CancelledError):
        while not hearing.done():
            assigned = sorted(partition.number for partition in consumer._assigned) if consumer.active else []
            if assigned != written:
                written = assigned
                fresh = place.with_suffix(".new")
                fresh.write_text(json.dumps(assigned))
                fresh.replace(place)
            await asyncio.wait([hearing], timeout=0.05)
        await hearing
    await log.close()
    await database.close()


if __name__ == "__main__":
    logging.set_up(format="console", level="warning")
    asyncio.run(_run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
