"""What only the PostgreSQL log does itself: offsets, housekeeping, its own tables."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.messaging.log import LogError, Partition, Record, Topic, TopicKind
from shared.messaging.postgres_log import PostgresLog
from shared.messaging.postgres_log.headers import decode, encode
from shared.messaging.postgres_log.reader import MAX_POLL_BYTES
from tests.conformance.log.backends import PostgresBackend
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import append, brief, read_all, read_to_end

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True)


@pytest.fixture
async def connection(backend: PostgresBackend, log: PostgresLog) -> AsyncIterator[Any]:
    await log.identity()
    connection = await asyncpg.connect(backend.dsn)
    yield connection
    await connection.close()


async def _waits_for_a_lock(connection: Any) -> None:
    async with asyncio.timeout(20):
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)


async def test_offsets_of_a_sequence_lose_a_record(backend: PostgresBackend, connection: Any) -> None:
    """The negative control of the next case: why offsets do not come from a sequence."""
    await connection.execute("CREATE TABLE naive (at bigint GENERATED ALWAYS AS IDENTITY, key text)")
    slow = await asyncpg.connect(backend.dsn)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("INSERT INTO naive (key) VALUES ('slow')")  # takes 1, commits later
    await connection.execute("INSERT INTO naive (key) VALUES ('quick')")  # takes 2, is there now
    read = await connection.fetch("SELECT at, key FROM naive WHERE at > 0 ORDER BY at")
    await transaction.commit()
    read += await connection.fetch("SELECT at, key FROM naive WHERE at > $1 ORDER BY at", read[-1]["at"])
    assert [row["key"] for row in read] == ["quick"]  # 'slow' is stepped over for ever
    await slow.close()
    await connection.execute("DROP TABLE naive")


async def test_offsets_of_the_log_lose_none(
    backend: PostgresBackend, log: PostgresLog, make_topic: MakeTopic, connection: Any
) -> None:
    """The same interleaving: the quick writer waits for the slow one's commit."""
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    quick, reader = log.writer(f"quick-{uuid.uuid4()}"), log.reader()
    await quick.open()
    await reader.assign([partition])
    slow = await backend.open_batch(topic, ["slow"])
    appending = asyncio.create_task(append(quick, topic.name, [("quick", b"")]))
    await _waits_for_a_lock(connection)
    read = await reader.poll(0.1)
    assert read == [] and not appending.done()
    await slow.commit()
    await appending
    read += await read_to_end(reader, [partition], 2)
    assert [(r.offset, r.key) for r in read] == [(0, "slow"), (1, "quick")]
    await reader.close()


async def test_an_aborted_batch_leaves_no_gap(
    backend: PostgresBackend, log: PostgresLog, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    batch = await backend.open_batch(topic, ["aborted", "aborted too"])
    await batch.abort()
    writer = log.writer(f"w-{uuid.uuid4()}")
    await writer.open()
    await append(writer, topic.name, [("k", b"")])
    assert [(r.offset, r.key) for r in await read_all(log, await log.partitions(topic.name))] == [(0, "k")]


async def test_taking_the_name_waits_for_the_append_under_way(
    log: PostgresLog, make_topic: MakeTopic, connection: Any
) -> None:
    """Else the old writer's batch could be committed after the new one has begun."""
    topic = await make_topic()
    name = f"relay-{uuid.uuid4()}"
    old, new = log.writer(name), log.writer(name)
    await old.open()
    async with connection.transaction():
        await connection.execute(
            "UPDATE partition SET next_offset = next_offset WHERE topic_id = (SELECT id FROM topic WHERE name = $1)",
            topic.name,
        )
        appending = asyncio.create_task(append(old, topic.name, [("k", b"old")]))
        await _waits_for_a_lock(connection)
        opening = asyncio.create_task(new.open())
        done, _ = await asyncio.wait([opening], timeout=0.3)
        assert not done
    await appending
    await opening
    await append(new, topic.name, [("k", b"new")])
    assert [r.value for r in await read_all(log, await log.partitions(topic.name))] == [b"old", b"new"]


async def test_facts_are_dropped_when_their_time_is_over(
    log: PostgresLog, make_topic: MakeTopic, connection: Any
) -> None:
    topic = await make_topic(TopicKind.FACTS, retention=timedelta(days=90))
    [partition] = await log.partitions(topic.name)
    writer, reader = log.writer(f"w-{uuid.uuid4()}"), log.reader()
    await writer.open()
    for start in range(0, 2500, 500):
        await append(writer, topic.name, [(f"{start + i}", b"x") for i in range(500)])
    await reader.assign([partition])
    await reader.poll(1, max_records=10)
    row = (await log.partition_ids(topic.name))[partition]
    day_ms = 24 * 3600 * 1000
    await connection.execute(
        "UPDATE record SET at_ms = at_ms - $2 WHERE partition_id = $1 AND record_offset < 2100", row, 91 * day_ms
    )
    await connection.execute(
        "UPDATE record SET at_ms = at_ms - $2 WHERE partition_id = $1 AND record_offset >= 2100", row, 89 * day_ms
    )
    await log.keep_house()
    await log.keep_house()
    assert await reader.begin_offsets([partition]) == {partition: 2100}
    assert await reader.end_offsets([partition]) == {partition: 2500}
    # A reader in the dropped part goes on at the beginning of what is left.
    assert [r.offset for r in await read_to_end(reader, [partition])] == list(range(2100, 2500))
    await reader.close()


async def test_tombstones_go_after_their_time_and_the_key_with_them(
    log: PostgresLog, make_topic: MakeTopic, connection: Any
) -> None:
    topic = await make_topic()
    [partition] = await log.partitions(topic.name)
    writer = log.writer(f"w-{uuid.uuid4()}")
    await writer.open()
    await append(writer, topic.name, [("gone", b"1"), ("kept", b"1"), ("back", None), ("back", b"2"), ("gone", None)])
    await log.keep_house()
    assert brief(await read_all(log, [partition])) == [(0, 1, "kept"), (0, 3, "back"), (0, 4, "gone")]
    row = (await log.partition_ids(topic.name))[partition]
    await connection.execute("UPDATE record SET at_ms = at_ms - 2 * 3600 * 1000 WHERE partition_id = $1", row)
    await log.keep_house()
    # The gap at the end: positions reach the end all the same, or lag would never be zero.
    assert brief(await read_all(log, [partition])) == [(0, 1, "kept"), (0, 3, "back")]
    await append(writer, topic.name, [("gone", b"3")])
    assert brief(await read_all(log, [partition])) == [(0, 1, "kept"), (0, 3, "back"), (0, 5, "gone")]


async def test_compaction_beside_writers_and_readers_keeps_the_newest(log: PostgresLog, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=2)
    partitions = await log.partitions(topic.name)
    writer, reader = log.writer(f"w-{uuid.uuid4()}"), log.reader()
    await writer.open()
    await reader.assign(partitions)
    newest: dict[str, bytes | None] = {}
    seen: dict[str, bytes | None] = {}

    async def write() -> None:
        for batch in range(40):
            pairs = [(f"k{(batch * 7 + i) % 50}", f"{batch}.{i}".encode()) for i in range(60)]
            await append(writer, topic.name, pairs)
            newest.update(pairs)

    writing = asyncio.create_task(write())
    while not writing.done():
        await log.keep_house()
        seen |= {r.key: r.value for r in await reader.poll(0, max_records=50)}
    await writing
    await log.keep_house()
    seen |= {r.key: r.value for r in await read_to_end(reader, partitions)}
    assert seen == newest
    left = await read_all(log, partitions)
    assert len(left) == len(newest)
    assert {r.key: r.value for r in left} == newest
    await reader.close()


async def test_a_poll_is_bounded_in_bytes_and_skips_nothing(log: PostgresLog, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=2)
    writer, reader = log.writer(f"w-{uuid.uuid4()}"), log.reader()
    await writer.open()
    count = 2 * MAX_POLL_BYTES // 900_000 + 5
    for i in range(count):
        await writer.append([Record(topic.name, f"{i}", b"x" * 900_000)])
    await reader.assign(await log.partitions(topic.name))
    read: list[str] = []
    while len(read) < count:
        batch = await reader.poll(5)
        assert batch and sum(len(r.value or b"") for r in batch) <= MAX_POLL_BYTES
        read += [r.key for r in batch]
    assert sorted(map(int, read)) == list(range(count))
    await reader.close()


async def test_a_full_partition_does_not_starve_the_others(log: PostgresLog, make_topic: MakeTopic) -> None:
    full, small = await make_topic(), await make_topic()
    writer, reader = log.writer(f"w-{uuid.uuid4()}"), log.reader()
    await writer.open()
    await append(writer, full.name, [(f"{i}", b"") for i in range(500)])
    await append(writer, small.name, [("small", b"")])
    await reader.assign([Partition(full.name, 0), Partition(small.name, 0)])
    first = await reader.poll(1, max_records=10) + await reader.poll(1, max_records=10)
    assert "small" in {r.key for r in first}
    await reader.close()


async def test_tables_of_a_newer_demain_are_refused(
    backend: PostgresBackend, log: PostgresLog, connection: Any
) -> None:
    await connection.execute("UPDATE log_meta SET version = version + 1")
    try:
        other = backend.log()
        with pytest.raises(LogError, match="newer Demain"):
            await other.identity()
        await other.close()
    finally:
        await connection.execute("UPDATE log_meta SET version = version - 1")


async def test_logs_that_start_at_once_agree(backend: PostgresBackend, connection: Any) -> None:
    database = f"log_{uuid.uuid4().hex[:8]}"
    await connection.execute(f"CREATE DATABASE {database}")
    dsn = backend.dsn.replace(backend.dsn.rpartition("/")[2].partition("?")[0], database)
    logs = [PostgresLog(dsn) for _ in range(4)]
    await asyncio.gather(*(log.create_topics([Topic("t", partitions=2)]) for log in logs))
    assert len({await log.identity() for log in logs}) == 1
    assert await logs[0].partitions("t") == [Partition("t", 0), Partition("t", 1)]
    for log in logs:
        await log.close()


@pytest.mark.parametrize("headers", [(), (("a", b""), ("a", bytes(range(256)))), (("é\0", "ü".encode()),)])
def test_headers_come_back_exactly(backend: PostgresBackend, headers: tuple[tuple[str, bytes], ...]) -> None:
    text = encode(headers)
    assert "\0" not in text
    assert decode(text) == headers
