"""Two members of a group share the partitions and lose nothing when one comes or goes."""

from __future__ import annotations

import asyncio
import contextlib
import uuid

import pytest

from shared.messaging.log import Log, LogReader, LogWriter, Partition, Received
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import PATIENCE, append, assert_rising, brief, read_until


class Member:
    """Reads like a consumer: applies a record, keeps its own offsets, seeks to them when assigned."""

    def __init__(self, name: str, reader: LogReader, stored: dict[Partition, int], applied: list[Received]) -> None:
        self.name = name
        self.reader = reader
        self.stored = stored
        self.applied = applied
        self.owned: set[Partition] = set()
        self.task: asyncio.Task[None] | None = None

    async def assigned(self, partitions: frozenset[Partition]) -> None:
        self.owned |= partitions
        for partition in partitions:
            await self.reader.seek(partition, self.stored.get(partition, 0))

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        assert partitions <= self.owned, (self.name, partitions, self.owned)
        self.owned -= partitions

    async def start(self, topic: str) -> None:
        await self.reader.subscribe([topic], assigned=self.assigned, revoked=self.revoked)
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            batch = await self.reader.poll(0.1, max_records=5)
            for record in batch:
                assert record.partition in self.owned, "a record came before assigned() or after revoked()"
                self.applied.append(record)
                self.stored[record.partition] = record.offset + 1
            await self.reader.commit({r.partition: r.offset + 1 for r in batch})

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        await self.reader.close()


async def _until(condition: object, *members: Member) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # type: ignore[operator]
            for member in members:
                if member.task is not None and member.task.done():
                    member.task.result()
            await asyncio.sleep(0.02)


async def test_members_share_the_partitions_and_take_over(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic(partitions=4)
    group = f"group-{uuid.uuid4().hex[:8]}"
    stored: dict[Partition, int] = {}
    applied: list[Received] = []
    a, b = (Member(n, log.reader(group), stored, applied) for n in "ab")
    everything = set(await log.partitions(topic.name))
    sent = 0

    async def write(count: int) -> None:
        nonlocal sent
        for _ in range(count):
            await append(writer, topic.name, [(f"k{i}", f"{sent + i}".encode()) for i in range(12)])
            sent += 12

    await write(3)
    await a.start(topic.name)
    await _until(lambda: a.owned == everything, a)
    await b.start(topic.name)
    writing = asyncio.create_task(write(10))
    await _until(lambda: len(a.owned) == len(b.owned) == 2 and not a.owned & b.owned, a, b)
    await writing
    await write(2)
    await _until(lambda: len(applied) >= sent, a, b)
    await a.stop()
    await write(3)
    await _until(lambda: b.owned == everything and len(applied) >= sent, b)
    await b.stop()
    # Nothing lost, nothing twice (the members share their stored offsets), no key out of order.
    assert sorted(int(r.value or b"") for r in applied) == list(range(sent))
    assert_rising(applied)
    for i in range(12):
        mine = [int(r.value or b"") for r in applied if r.key == f"k{i}"]
        assert mine == sorted(mine), brief(applied)


async def test_without_a_seek_a_member_goes_on_at_the_committed_offset(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    group = f"group-{uuid.uuid4().hex[:8]}"
    await append(writer, topic.name, [(f"{i}", b"") for i in range(6)])

    async def hook(partitions: frozenset[Partition]) -> None: ...

    first = log.reader(group)
    await first.subscribe([topic.name], assigned=hook, revoked=hook)
    assert [r.key for r in await read_until(first, lambda r: len(r) >= 6)] == [f"{i}" for i in range(6)]
    await first.commit({partition: 4})
    async with asyncio.timeout(PATIENCE):
        while await first.committed([partition]) != {partition: 4}:
            await first.poll(0.1)
    await first.close()
    second = log.reader(group)
    await second.subscribe([topic.name], assigned=hook, revoked=hook)
    assert [r.key for r in await read_until(second, lambda r: len(r) >= 2)] == ["4", "5"]
    await second.close()


async def test_a_hook_that_fails_is_run_again_before_anything_is_returned(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    """The database is away when the stored offsets are to be read: no record may pass meanwhile."""
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    await append(writer, topic.name, [(f"{i}", b"") for i in range(4)])
    reader = log.reader(f"group-{uuid.uuid4().hex[:8]}")
    calls = 0

    async def assigned(partitions: frozenset[Partition]) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("the database is away")
        await reader.seek(partition, 2)

    async def revoked(partitions: frozenset[Partition]) -> None: ...

    await reader.subscribe([topic.name], assigned=assigned, revoked=revoked)
    with pytest.raises(ConnectionError):
        await read_until(reader, bool)
    assert calls == 1
    assert [r.key for r in await read_until(reader, lambda r: len(r) >= 2)] == ["2", "3"]
    assert calls >= 2
    await reader.close()
