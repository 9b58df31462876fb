"""Appends a batch in one statement, one round trip and one commit."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Sequence

from shared.messaging.log import Fenced, LogError, Partition, Record, Rejected, UnknownTopic, refusal
from shared.messaging.postgres_log.connection import Connections
from shared.messaging.postgres_log.headers import encode

_TAKE_NAME = """
INSERT INTO writer (name, epoch) VALUES ($1, 1)
ON CONFLICT (name) DO UPDATE SET epoch = writer.epoch + 1 RETURNING epoch
"""


def partition_number(key: bytes, partitions: int) -> int:
    """Which partition a key goes to; the same for ever, as the number of partitions never changes."""
    return zlib.crc32(key) % partitions


class PostgresWriter:
    """A writer of the PostgreSQL log. Its epoch is checked under a lock in every append."""

    def __init__(
        self,
        name: str,
        connections: Connections,
        partition_ids: Callable[[str], Awaitable[dict[Partition, int]]],
        appended: Callable[[frozenset[str]], None],
    ) -> None:
        self._name = name
        self._connections = connections
        self._partition_ids = partition_ids
        self._appended = appended
        self._epoch: int | None = None

    async def open(self) -> None:
        """Take the name. Waits for an append that is being committed. Raises LogUnavailable."""
        async with self._connections.connection() as connection:
            self._epoch = await connection.fetchval(_TAKE_NAME, self._name)

    async def append(self, records: Sequence[Record]) -> None:
        """Append all records in order, atomically. Raises Rejected, Fenced, LogUnavailable."""
        if not records:
            return
        if self._epoch is None:
            raise LogError(f"the writer {self._name} is not open: call open() first")
        ids = await self._refuse(records)
        keys = [record.key.encode() for record in records]
        targets = [
            ids[record.topic][partition_number(key, len(ids[record.topic]))]
            for record, key in zip(records, keys, strict=True)
        ]
        # Sorted: writers that share partitions lock them in one order.
        partitions = sorted(set(targets))
        slot_of = {partition: slot for slot, partition in enumerate(partitions, start=1)}
        counts = [0] * len(partitions)
        slots, ranks = [], []
        for target in targets:
            slot = slot_of[target]
            slots.append(slot)
            ranks.append(counts[slot - 1])
            counts[slot - 1] += 1
        try:
            async with self._connections.connection() as connection:
                await connection.execute(
                    "SELECT log_append($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    self._name,
                    self._epoch,
                    partitions,
                    counts,
                    slots,
                    ranks,
                    keys,
                    [record.value for record in records],
                    [encode(record.headers) for record in records],
                )
        except Fenced as error:
            raise Fenced(f"appending as {self._name}: {error}") from error
        self._appended(frozenset(ids))

    async def close(self) -> None:
        """Let go: this writer must be opened again before it appends."""
        self._epoch = None

    async def _refuse(self, records: Sequence[Record]) -> dict[str, list[int]]:
        ids: dict[str, list[int]] = {}
        missing: dict[str, UnknownTopic] = {}
        for topic in {record.topic for record in records}:
            try:
                found = await self._partition_ids(topic)
            except UnknownTopic as error:
                missing[topic] = error
            else:
                ids[topic] = [found[partition] for partition in sorted(found)]
        failures: dict[int, LogError] = {}
        for index, record in enumerate(records):
            why = missing.get(record.topic) or refusal(record)
            if why is not None:
                failures[index] = why
        if failures:
            raise Rejected(failures)
        return ids
