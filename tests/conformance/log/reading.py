"""Appending and reading in the words of the cases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from shared.messaging.log import Log, LogReader, LogWriter, Partition, Received, Record

PATIENCE = 30.0
"""Seconds after which a case that waits for something fails."""


async def append(writer: LogWriter, topic: str, pairs: Iterable[tuple[str, bytes | None]]) -> None:
    await writer.append([Record(topic, key, value) for key, value in pairs])


async def read_until(reader: LogReader, done: Callable[[list[Received]], bool]) -> list[Received]:
    """Poll until what was read satisfies ``done``."""
    deadline = time.monotonic() + PATIENCE
    read: list[Received] = []
    while not done(read):
        assert time.monotonic() < deadline, f"waited in vain; read so far: {brief(read)}"
        read += await reader.poll(0.5)
    return read


async def read_to_end(reader: LogReader, partitions: Sequence[Partition], at_least: int = 0) -> list[Received]:
    """Poll until the positions reach the ends of the partitions, and at least so many records came.

    Kafka acknowledges a transaction a moment before readers see it: a case that knows how many records
    were appended must say so.
    """
    deadline = time.monotonic() + PATIENCE
    read: list[Received] = []
    while True:
        ends = await reader.end_offsets(partitions)
        at = await reader.positions(partitions)
        if len(read) >= at_least and all(at.get(p, -1) >= end for p, end in ends.items()):
            return read
        assert time.monotonic() < deadline, f"positions {at} never reached {ends}; read: {brief(read)}"
        read += await reader.poll(0.2)


async def read_all(log: Log, partitions: Sequence[Partition], at_least: int = 0) -> list[Received]:
    """Everything that is committed in the partitions, at least so many records."""
    reader = log.reader()
    try:
        await reader.assign(partitions)
        return await read_to_end(reader, partitions, at_least)
    finally:
        await reader.close()


def brief(records: Sequence[Received]) -> list[tuple[int, int, str]]:
    return [(record.partition.number, record.offset, record.key) for record in records]


def assert_rising(records: Sequence[Received]) -> None:
    """Within each partition the offsets rise in the order of reading."""
    last: dict[Partition, int] = {}
    for record in records:
        assert record.offset > last.get(record.partition, -1), brief(records)
        last[record.partition] = record.offset
