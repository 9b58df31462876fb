"""Two consumers of the tests' own wiring that take no care, killed again and again: the checks must find them out.

One applies, and then says where to read on; the other says so first. Neither has the guards of `shared.messaging`.
"""

from __future__ import annotations

import random

from shared.contracts.base import UnknownContract
from shared.messaging import guards
from shared.messaging.envelope import BadEnvelope, Incoming, open_envelope
from shared.messaging.log import Log, Received
from shared.storage.database import Database
from tests.faults.storm.probe.service import TOPICS, write_down

BATCH = 100
MOST_DEATHS = 8
DEATHS = 0.5
"""How probable it is that it is killed between its two transactions."""


class Careless:
    """One of the two."""

    def __init__(self, name: str, database: Database, log: Log, dice: random.Random, *, offsets_first: bool) -> None:
        self.name = name
        self.deaths = 0
        self._database = database
        self._log = log
        self._dice = dice
        self._offsets_first = offsets_first

    async def read_all(self) -> None:
        """Hear the whole log, dying on the way."""
        while not await self._live():
            self.deaths += 1

    async def _live(self) -> bool:
        """From where it says it stopped, to its death or the end; whether it reached the end."""
        reader = self._log.reader()
        try:
            partitions = [p for topic in TOPICS for p in await self._log.partitions(topic.name)]
            await reader.assign(partitions)
            async with self._database.transaction() as session:
                stored = await guards.stored_offsets(session, self.name, "careless")
            for partition, offset in stored.items():
                await reader.seek(partition, offset)
            ends = await reader.end_offsets(partitions)
            while any(place < ends[p] for p, place in (await reader.positions(partitions)).items()):
                records = await reader.poll(1.0, max_records=BATCH)
                if records and not await self._take(records):
                    return False
            return True
        finally:
            await reader.close()

    async def _take(self, records: list[Received]) -> bool:
        steps = [self._apply, self._store] if not self._offsets_first else [self._store, self._apply]
        await steps[0](records)
        # At least once, whatever the dice say; and not so often that it never comes to an end.
        if self.deaths == 0 or (self.deaths < MOST_DEATHS and self._dice.random() < DEATHS):
            return False
        await steps[1](records)
        return True

    async def _store(self, records: list[Received]) -> None:
        offsets = {record.partition: record.offset + 1 for record in records}
        async with self._database.transaction() as session:
            await guards.store_offsets(session, self.name, "careless", offsets)

    async def _apply(self, records: list[Received]) -> None:
        readable: list[Incoming] = []
        for record in records:
            try:
                readable.append(open_envelope(record))
            except (BadEnvelope, UnknownContract, ValueError):
                continue
        async with self._database.transaction() as session:
            await write_down(session, self.name, readable)
