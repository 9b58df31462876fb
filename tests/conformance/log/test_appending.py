"""What a writer may rely on, and what its readers may."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter

import pytest

from shared.messaging.log import (
    MAX_RECORD_BYTES,
    Fenced,
    Log,
    LogError,
    LogUnavailable,
    LogWriter,
    Record,
    RecordRefused,
    Rejected,
    UnknownTopic,
)
from tests.conformance.log.backends import Backend
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import PATIENCE, append, assert_rising, read_all, read_to_end


async def test_the_records_of_a_key_stay_in_order_and_in_one_partition(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic(partitions=3)
    for batch in range(4):
        await append(writer, topic.name, [(f"k{i % 7}", f"{batch}:{i}".encode()) for i in range(35)])
    read = await read_all(log, await log.partitions(topic.name), 140)
    assert len(read) == 140
    assert_rising(read)
    assert len({record.partition for record in read}) > 1
    for key in range(7):
        mine = [record for record in read if record.key == f"k{key}"]
        assert len({record.partition for record in mine}) == 1
        assert [r.value for r in mine] == [f"{b}:{i}".encode() for b in range(4) for i in range(35) if i % 7 == key]


async def test_every_byte_comes_back(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic()
    headers = (("ce_type", b"ContributionPublished"), ("naïf", "é\0".encode()), ("ce_type", bytes(range(256))))
    before = int(time.time() * 1000) - 5000
    sent = [
        Record(topic.name, "énergie – 能源 🌍", "déjà vu".encode(), headers),
        Record(topic.name, "tombstone", None, (("h", b""),)),
        Record(topic.name, "empty", b""),
        Record(topic.name, "", bytes(range(256))),
    ]
    await writer.append(sent)
    read = await read_all(log, await log.partitions(topic.name), len(sent))
    assert [(r.key, r.value, r.headers) for r in read] == [(r.key, r.value, r.headers) for r in sent]
    assert read[0].header("naïf") == "é\0"
    assert read[1].header("h") == "" and read[1].header("none") is None
    assert all(before < record.timestamp_ms < before + 60_000 for record in read)


async def test_large_records_travel_and_too_large_ones_are_refused(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic()
    large = [Record(topic.name, f"large-{i}", bytes([i]) * 900_000) for i in range(5)]
    await writer.append(large)
    with pytest.raises(Rejected) as refused:
        await writer.append([Record(topic.name, "ok", b"1"), Record(topic.name, "huge", b"x" * MAX_RECORD_BYTES)])
    assert list(refused.value.failures) == [1]
    assert isinstance(refused.value.failures[1], RecordRefused)
    assert "huge" in str(refused.value) and str(MAX_RECORD_BYTES) in str(refused.value)
    with pytest.raises(Rejected):
        await writer.append([Record(topic.name, "\ud800", b"")])
    read = await read_all(log, await log.partitions(topic.name), len(large))
    assert [(r.key, r.value) for r in read] == [(r.key, r.value) for r in large]


async def test_a_batch_with_an_unknown_topic_is_refused_whole(
    log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic()
    with pytest.raises(Rejected) as refused:
        await writer.append([Record(topic.name, "a", b"1"), Record("no-such-topic", "b", b"2")])
    assert list(refused.value.failures) == [1]
    assert isinstance(refused.value.failures[1], UnknownTopic)
    assert "no-such-topic" in str(refused.value)
    assert await read_all(log, await log.partitions(topic.name)) == []
    await append(writer, topic.name, [("a", b"again")])
    assert [r.value for r in await read_all(log, await log.partitions(topic.name), 1)] == [b"again"]


async def test_an_open_batch_is_not_seen_and_appears_whole(
    backend: Backend, log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic(partitions=2)
    partitions = await log.partitions(topic.name)
    reader = log.reader()
    await reader.assign(partitions[:1])
    batch = await backend.open_batch(topic, ["a", "b", "c"])
    assert await reader.poll(0.5) == []
    await batch.commit()
    assert [r.key for r in await read_to_end(reader, partitions[:1], 3)] == ["a", "b", "c"]
    await reader.close()


@pytest.mark.needs("aborts", "open_end")
async def test_an_aborted_batch_is_never_seen(
    backend: Backend, log: Log, make_topic: MakeTopic, writer: LogWriter
) -> None:
    topic = await make_topic()
    await append(writer, topic.name, [("before", b"")])
    batch = await backend.open_batch(topic, ["aborted"])
    assert [r.key for r in await read_all(log, await log.partitions(topic.name), 1)] == ["before"]
    await batch.abort()
    await append(writer, topic.name, [("after", b"")])
    read = await read_all(log, await log.partitions(topic.name), 2)
    assert [r.key for r in read] == ["before", "after"]
    assert_rising(read)


@pytest.mark.needs("racing_writers")
async def test_a_reader_never_steps_over_what_concurrent_writers_append(log: Log, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=2)
    partitions = await log.partitions(topic.name)
    writers = [log.writer(f"racer-{n}-{uuid.uuid4().hex[:8]}") for n in range(4)]
    for writer in writers:
        await writer.open()
    sent = [[f"{n}.{b}.{i}" for b in range(15) for i in range(4)] for n in range(4)]

    async def write(number: int) -> None:
        for start in range(0, 60, 4):
            await append(writers[number], topic.name, [(key, key.encode()) for key in sent[number][start : start + 4]])

    reader = log.reader()
    await reader.assign(partitions)
    racing = asyncio.gather(*(write(number) for number in range(4)))
    read = []
    while not racing.done():
        read += await reader.poll(0.05, max_records=7)
    await racing
    read += await read_to_end(reader, partitions, 240 - len(read))
    assert_rising(read)
    assert sorted(r.key for r in read) == sorted(key for keys in sent for key in keys)
    for keys in sent:
        for partition in partitions:
            there = [r.key for r in read if r.partition == partition and r.key in set(keys)]
            assert there == [key for key in keys if key in set(there)]
    for closing in (*writers, reader):
        await closing.close()


@pytest.mark.needs("fencing")
async def test_a_replaced_writer_is_fenced_and_its_records_never_appear(log: Log, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    name = f"relay-{uuid.uuid4().hex[:8]}"
    zombie, heir = log.writer(name), log.writer(name)
    await zombie.open()
    await append(zombie, topic.name, [("k", b"by the first")])
    await heir.open()
    with pytest.raises(Fenced, match=name):
        await append(zombie, topic.name, [("k", b"by the zombie")])
    await append(heir, topic.name, [("k", b"by the heir")])
    with pytest.raises(Fenced):
        await append(zombie, topic.name, [("k", b"by the zombie again")])
    read = await read_all(log, await log.partitions(topic.name), 2)
    assert [r.value for r in read] == [b"by the first", b"by the heir"]
    # Opened again, on purpose, it takes the name back.
    await zombie.open()
    await append(zombie, topic.name, [("k", b"reborn")])
    with pytest.raises(Fenced):
        await append(heir, topic.name, [("k", b"by the heir again")])
    assert (await read_all(log, await log.partitions(topic.name), 3))[-1].value == b"reborn"
    await zombie.close()
    await heir.close()


@pytest.mark.needs("fencing")
async def test_writers_of_one_name_raced_leave_one_that_can_append(log: Log, make_topic: MakeTopic) -> None:
    """Each of several relays believes it holds the lock: only what the last opener appends comes last.

    Apache Kafka may answer that it does not know (a commit that races with the opening of another): then the records
    are sent again, as the port says, and may stand twice or though nobody was told so.
    """
    topic = await make_topic()
    name = f"relay-{uuid.uuid4().hex[:8]}"
    accepted: list[bytes] = []
    unsure: set[bytes] = set()

    async def relay(number: int) -> int:
        writer = log.writer(name)
        fenced = 0
        try:
            await writer.open()
            for i in range(5):
                value = f"{number}.{i}".encode()
                while value not in accepted:
                    try:
                        await append(writer, topic.name, [("k", value)])
                    except LogUnavailable:
                        unsure.add(value)
                    else:
                        accepted.append(value)
        except Fenced:
            fenced = 1
        finally:
            await writer.close()
        return fenced

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(relay(number) for number in range(3)))
    read = await read_all(log, await log.partitions(topic.name), len(accepted))
    values = [r.value for r in read if r.value is not None]
    assert set(accepted) <= set(values) <= set(accepted) | unsure
    sure = Counter(v for v in values if v not in unsure)
    assert set(sure.values()) == {1}, "what was acknowledged at once stands once"
    assert len([v for v in accepted if v.endswith(b".4")]) >= 1


async def test_writers_of_other_names_do_not_fence_each_other(log: Log, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    one, other = log.writer(f"one-{uuid.uuid4().hex[:8]}"), log.writer(f"other-{uuid.uuid4().hex[:8]}")
    await one.open()
    await other.open()
    await append(one, topic.name, [("1", b"")])
    await append(other, topic.name, [("2", b"")])
    await append(one, topic.name, [("3", b"")])
    assert [r.key for r in await read_all(log, await log.partitions(topic.name), 3)] == ["1", "2", "3"]
    await one.close()
    await other.close()


async def test_a_writer_must_be_opened(log: Log, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    writer = log.writer("unopened")
    with pytest.raises(LogError, match="open"):
        await append(writer, topic.name, [("k", b"")])
    await writer.close()


async def test_an_empty_batch_is_nothing(log: Log, make_topic: MakeTopic, writer: LogWriter) -> None:
    topic = await make_topic()
    await writer.append([])
    assert await read_all(log, await log.partitions(topic.name)) == []
