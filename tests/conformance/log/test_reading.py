"""Positions: begin, end, seek, pause, commit."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest

from shared.messaging.log import Log, LogError, LogWriter, Partition, Topic, TopicKind, UnknownTopic
from tests.conformance.log.backends import Backend
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import append, assert_rising, read_all, read_to_end, read_until


async def test_a_reader_begins_at_the_beginning_and_reaches_the_end(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    reader = log.reader()
    assert await reader.begin_offsets([partition]) == {partition: 0}
    assert await reader.end_offsets([partition]) == {partition: 0}
    await append(writer, topic.name, [(f"{i}", b"") for i in range(10)])
    await reader.assign([partition])
    read = await read_to_end(reader, [partition], 10)
    assert [r.key for r in read] == [f"{i}" for i in range(10)]
    end = (await reader.end_offsets([partition]))[partition]
    assert end >= 10
    assert await reader.positions([partition]) == {partition: end}
    assert await reader.poll(0) == []
    await append(writer, topic.name, [("next", b"")])
    [more] = await read_until(reader, lambda read: len(read) >= 1)
    assert more.key == "next" and more.offset >= end
    await reader.close()


async def test_poll_returns_at_most_max_records(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic(partitions=2)
    partitions = await log.partitions(topic.name)
    await append(writer, topic.name, [(f"{i}", b"") for i in range(50)])
    reader = log.reader()
    await reader.assign(partitions)
    read = []
    while len(read) < 50:
        batch = await reader.poll(5, max_records=8)
        assert 0 < len(batch) <= 8
        read += batch
    assert_rising(read)
    assert sorted(int(r.key) for r in read) == list(range(50))
    await reader.close()


async def test_seek(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    await append(writer, topic.name, [(f"{i}", b"") for i in range(10)])
    reader = log.reader()
    await reader.assign([partition])
    await reader.seek(partition, 7)
    assert [r.key for r in await read_to_end(reader, [partition], 3)] == ["7", "8", "9"]
    await reader.seek(partition, 4)
    first = await reader.poll(5, max_records=2)
    assert [r.key for r in first] == ["4", "5"]
    await reader.seek(partition, 2)  # while the records after the fifth are fetched already
    assert await reader.positions([partition]) == {partition: 2}
    assert [r.key for r in await read_to_end(reader, [partition], 8)] == [f"{i}" for i in range(2, 10)]
    await reader.close()


@pytest.mark.needs("out_of_range")
async def test_a_position_beyond_the_end_starts_at_the_beginning(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    """A log that was lost and began anew: what it has now is told, not skipped."""
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    await append(writer, topic.name, [("a", b""), ("b", b"")])
    reader = log.reader()
    await reader.assign([partition])
    await reader.seek(partition, 1_000)
    assert [r.key for r in await read_until(reader, lambda read: len(read) >= 2)] == ["a", "b"]
    await reader.close()


async def test_pause_and_resume(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic(partitions=2)
    quiet, loud = await log.partitions(topic.name)
    await append(writer, topic.name, [(f"{i}", b"") for i in range(40)])
    all_there = await read_all(log, [quiet, loud], 40)
    expected = {p: [r.key for r in all_there if r.partition == p] for p in (quiet, loud)}
    assert all(len(keys) > 2 for keys in expected.values())
    reader = log.reader()
    await reader.assign([quiet, loud])
    early = await reader.poll(5, max_records=1)
    await reader.pause([quiet])
    read = early + await read_until(
        reader, lambda read: len([r for r in early + read if r.partition == loud]) == len(expected[loud])
    )
    assert await reader.poll(0.2) == []
    assert [r for r in read[len(early) :] if r.partition == quiet] == []
    await reader.resume([quiet])
    read += await read_to_end(reader, [quiet, loud], 40 - len(read))
    assert {p: [r.key for r in read if r.partition == p] for p in (quiet, loud)} == expected
    await reader.close()


async def test_a_cancelled_poll_loses_nothing(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    reader = log.reader()
    await reader.assign([partition])
    read = []
    for i in range(20):
        polling = asyncio.create_task(reader.poll(5))
        await append(writer, topic.name, [(f"{i}", b"")])
        for _ in range(i):
            await asyncio.sleep(0)
        if polling.done():
            read += polling.result()
            continue
        polling.cancel()
        try:
            read += await polling
        except asyncio.CancelledError:
            continue
    read += await read_to_end(reader, [partition], 20 - len(read))
    assert [r.key for r in read] == [f"{i}" for i in range(20)]
    await reader.close()


async def test_a_waiting_poll_wakes_for_an_append(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    reader = log.reader()
    await reader.assign([partition])
    assert await reader.poll(0) == []
    polling = asyncio.create_task(reader.poll(20))
    await append(writer, topic.name, [("k", b"now")])
    assert [r.value for r in await polling] == [b"now"]
    await reader.close()


async def test_commits_are_kept_per_group(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic(partitions=2)
    one, two = await log.partitions(topic.name)
    groups = [f"g{n}-{uuid.uuid4().hex[:8]}" for n in range(2)]
    first, second, alone = log.reader(groups[0]), log.reader(groups[1]), log.reader()
    for reader in (first, second):
        await reader.assign([one, two])
    await first.commit({one: 3, two: 1})
    await first.commit({one: 5})
    await alone.commit({one: 9})
    await _until(lambda: first.committed([one, two]), {one: 5, two: 1})
    assert await second.committed([one, two]) == {}
    assert await alone.committed([one]) == {}
    for reader in (first, second, alone):
        await reader.close()
    again = log.reader(groups[0])
    await again.assign([one, two])
    assert await again.committed([one, two]) == {one: 5, two: 1}
    await append(writer, topic.name, [("k", b"")])
    # Assigned by hand it begins at the beginning all the same.
    assert [r.key for r in await read_to_end(again, [one, two], 1)] == ["k"]
    await again.close()


async def _until(ask: object, expected: object) -> None:
    async with asyncio.timeout(20):
        while await ask() != expected:  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def test_unknown_topics_are_named(log: Log) -> None:
    reader = log.reader("g")
    missing = Partition("no-such-topic", 0)

    async def hook(partitions: frozenset[Partition]) -> None: ...

    with pytest.raises(UnknownTopic, match="no-such-topic"):
        await log.partitions("no-such-topic")
    with pytest.raises(UnknownTopic, match="no-such-topic"):
        await reader.assign([missing])
    with pytest.raises(UnknownTopic, match="no-such-topic"):
        await reader.end_offsets([missing])
    with pytest.raises(UnknownTopic, match="no-such-topic"):
        await reader.subscribe(["no-such-topic"], assigned=hook, revoked=hook)
    with pytest.raises(LogError, match="group"):
        await log.reader().subscribe(["no-such-topic"], assigned=hook, revoked=hook)
    await reader.close()


async def test_topics_are_created_once(backend: Backend, log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic(partitions=3)
    await append(writer, topic.name, [("k", b"kept")])
    fresh = Topic(f"test.{uuid.uuid4().hex[:12]}", TopicKind.FACTS)
    await log.create_topics([topic, fresh])
    await log.create_topics([Topic(topic.name, TopicKind.FACTS, partitions=9), fresh])
    other = backend.log()
    await asyncio.gather(other.create_topics([fresh]), log.create_topics([fresh]))
    assert await other.partitions(topic.name) == [Partition(topic.name, n) for n in range(3)]
    assert await other.partitions(fresh.name) == [Partition(fresh.name, 0)]
    assert [r.value for r in await read_all(other, await other.partitions(topic.name), 1)] == [b"kept"]
    await other.close()


async def test_the_identity_is_stable_and_the_same_for_all(backend: Backend, log: Log) -> None:
    other = backend.log()
    assert await log.identity() == await log.identity() == await other.identity() != ""
    await other.close()


@pytest.mark.needs("compaction")
async def test_a_compacted_topic_keeps_the_newest_of_each_key(
    backend: Backend, log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic(max_compaction_lag=timedelta(seconds=1))
    [partition] = await log.partitions(topic.name)
    for batch in range(6):
        await append(writer, topic.name, [(f"k{i}", f"{batch}".encode()) for i in range(5)])
    await append(writer, topic.name, [("k0", None)])
    reader = log.reader()
    await reader.assign([partition])
    await read_to_end(reader, [partition], 31)
    at = (await reader.positions([partition]))[partition]
    await backend.compact(log, partition, dirty=31)
    read = [r for r in await read_all(log, [partition]) if r.key != "filler"]
    assert len(read) < 31
    assert_rising(read)
    assert {r.key: r.value for r in read} == {"k0": None} | {f"k{i}": b"5" for i in range(1, 5)}
    # Who was behind or in the middle reads on over the gaps.
    await append(writer, topic.name, [("k1", b"6")])
    await reader.seek(partition, at)
    newer = await read_until(reader, lambda read: any(r.key == "k1" for r in read))
    assert [(r.key, r.value) for r in newer if r.key != "filler"] == [("k1", b"6")]
    await reader.seek(partition, 3)
    later = [r for r in await read_to_end(reader, [partition]) if r.key != "filler"]
    assert {r.key: r.value for r in later}["k1"] == b"6"
    await reader.close()
