"""From the outbox to the log: nothing lost, in order by key, by one relay at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text

from shared.messaging.consumer import Consumer
from shared.messaging.envelope import PayloadTooLarge, record_of
from shared.messaging.log import (
    Fenced,
    Log,
    LogReader,
    LogUnavailable,
    LogWriter,
    Partition,
    Record,
    RecordRefused,
    Rejected,
    Topic,
)
from shared.messaging.outbox import tell
from shared.messaging.relay import Relay
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.conformance.log.backends import Backend
from tests.messaging.bulletin.commands import post, posted, retitled
from tests.messaging.bulletin.contracts import BulletinPosted
from tests.messaging.bulletin.tables import Bulletin
from tests.messaging.hearer.service import REACTIONS, heard, hearings
from tests.messaging.working import at_work, messages, relayed, titles, waiting_rows
from tests.support.waiting import eventually


class Writer:
    """A writer that a test can make fail."""

    def __init__(self, log: FaultyLog, inner: LogWriter) -> None:
        self._log = log
        self._inner = inner

    async def open(self) -> None:
        await self._inner.open()

    async def append(self, records: Sequence[Record]) -> None:
        refused = {i: RecordRefused("refused by the test") for i, r in enumerate(records) if r.key in self._log.refused}
        self._log.batches.append([record.key for record in records])
        if refused:
            raise Rejected(refused)
        await self._inner.append(records)
        if self._log.lost_answer is not None:
            lost, self._log.lost_answer = self._log.lost_answer, None
            raise lost

    async def close(self) -> None:
        await self._inner.close()


class FaultyLog:
    """A log that refuses keys, loses answers, or lets every writer have a name of its own."""

    def __init__(self, inner: Log, *, unique_names: bool = False) -> None:
        self._inner = inner
        self._unique_names = unique_names
        self.refused: set[str] = set()
        self.lost_answer: Exception | None = None
        """What the next append raises after it was done."""
        self.batches: list[list[str]] = []

    async def identity(self) -> str:
        return await self._inner.identity()

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        await self._inner.create_topics(topics)

    async def partitions(self, topic: str) -> list[Partition]:
        return await self._inner.partitions(topic)

    def writer(self, name: str) -> LogWriter:
        return Writer(self, self._inner.writer(f"{name}-{new_id()}" if self._unique_names else name))

    def reader(self, group: str | None = None) -> LogReader:
        return self._inner.reader(group)

    async def close(self) -> None:
        await self._inner.close()


@asynccontextmanager
async def by_hand(relay: Relay, log: Log) -> AsyncIterator[tuple[asyncpg.Connection, LogWriter]]:
    """What `Relay.move` needs, to take one step at a time."""
    writer, connection = log.writer(relay.name), await relay._database.connect()
    await writer.open()
    try:
        yield connection, writer
    finally:
        await writer.close()
        await connection.close()


async def test_messages_of_a_key_arrive_in_order_and_none_is_missing(speaker: Database, log: Log) -> None:
    ids = [new_id() for _ in range(5)]
    for id in ids:
        await posted(speaker, "0", id)
    async with at_work(Relay(speaker, log, batch=7).run):
        await asyncio.gather(*(retitled(speaker, id, str(n)) for n in range(1, 11) for id in ids))
        await relayed(speaker)

    found = await messages(log)
    for id in ids:
        assert [m.ordinal for m in found if m.key == str(id)] == list(range(1, 12))
    assert len(found) == 55
    assert {m.epoch for m in found} == {1}


async def _commit_out_of_order(speaker: Database, between: asyncio.Event, go_on: asyncio.Event) -> None:
    """A transaction takes its place in the outbox first and commits last."""
    async with speaker.transaction() as session:
        await post(session, Bulletin(title="early place, late commit"))
        between.set()
        await go_on.wait()


async def test_a_row_that_becomes_visible_late_is_not_lost(speaker: Database, log: Log) -> None:
    between, go_on = asyncio.Event(), asyncio.Event()
    late = asyncio.create_task(_commit_out_of_order(speaker, between, go_on))
    async with at_work(Relay(speaker, log).run):
        await between.wait()
        await posted(speaker, "late place, early commit")
        await relayed(speaker)
        assert titles(await messages(log)) == ["late place, early commit"]
        go_on.set()
        await late
        await relayed(speaker)

    assert titles(await messages(log)) == ["late place, early commit", "early place, late commit"]


async def test_control_a_relay_with_a_cursor_loses_it(speaker: Database, log: Log) -> None:
    between, go_on = asyncio.Event(), asyncio.Event()
    late = asyncio.create_task(_commit_out_of_order(speaker, between, go_on))
    cursor, found = 0, list[str]()

    async def relay_with_cursor() -> None:
        nonlocal cursor
        connection = await speaker.connect()
        rows = await connection.fetch("SELECT seq, key FROM outbox WHERE seq > $1 ORDER BY seq", cursor)
        found.extend(row["key"] for row in rows)
        cursor = max([cursor, *(row["seq"] for row in rows)])
        await connection.close()

    await between.wait()
    id = await posted(speaker, "late place, early commit")
    await relay_with_cursor()
    go_on.set()
    await late
    await relay_with_cursor()

    assert found == [str(id)]
    assert await waiting_rows(speaker) == 2


@pytest.mark.parametrize(
    "lost",
    [
        LogUnavailable("appended, and the answer was lost"),
        # As asyncpg says that a connection was cut while it looked up types.
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
    ids=["log", "database"],
)
async def test_a_lost_answer_sends_again_and_consumers_apply_once(
    speaker: Database, hearer: Database, log: Log, lost: Exception
) -> None:
    """The same as a crash between append and delete: appended, and the rows still there."""
    faulty = FaultyLog(log)
    faulty.lost_answer = lost
    id = await posted(speaker, "first")
    await retitled(speaker, id, "second")

    consumer = Consumer(hearer, log, REACTIONS, poll=0.05)
    async with at_work(Relay(speaker, faulty).run, consumer.run):
        await relayed(speaker)
        await posted(speaker, "last")
        await relayed(speaker)
        await eventually(lambda: _hears(hearer, "last"))

    assert [m.ordinal for m in await messages(log) if m.key == str(id)] == [1, 2, 1, 2], "at least once"
    seen = [h.ordinal for h in await hearings(hearer) if h.id == str(id)]
    assert seen in ([1, 2], [2]), "once in effect, never the older after the newer"
    assert (await heard(hearer))[str(id)] == "second"


async def _hears(hearer: Database, title: str) -> bool:
    return title in (await heard(hearer)).values()


async def test_a_refused_message_blocks_its_key_only(speaker: Database, log: Log) -> None:
    faulty = FaultyLog(log)
    bad, good = new_id(), new_id()
    faulty.refused.add(str(bad))
    relay = Relay(speaker, faulty)

    async with by_hand(relay, faulty) as (connection, writer):
        await posted(speaker, "bad 1", bad)
        await posted(speaker, "good 1", good)
        await retitled(speaker, bad, "bad 2")
        assert await relay.move(connection, writer), "the refused key is found out"
        assert await relay.move(connection, writer), "the others go"
        await retitled(speaker, good, "good 2")
        assert await relay.move(connection, writer)
        assert not await relay.move(connection, writer), "the blocked key is left out"
        assert titles(await messages(log)) == ["good 1", "good 2"]
        assert list(relay.blocked) == [("test.bulletins", str(bad))]
        assert await waiting_rows(speaker) == 2

        faulty.refused.clear()
        relay.blocked["test.bulletins", str(bad)].until = 0
        assert await relay.move(connection, writer)

    assert titles(await messages(log)) == ["good 1", "good 2", "bad 1", "bad 2"]
    assert not relay.blocked
    assert await waiting_rows(speaker) == 0


async def test_a_refusal_that_ends_goes_out_by_itself(speaker: Database, log: Log) -> None:
    faulty = FaultyLog(log)
    id = new_id()
    faulty.refused.add(str(id))
    await posted(speaker, "1", id)
    await retitled(speaker, id, "2")
    relay = Relay(speaker, faulty)

    async with at_work(relay.run):
        await eventually(lambda: relay.blocked)
        faulty.refused.clear()
        await relayed(speaker)

    assert titles(await messages(log)) == ["1", "2"]


async def test_a_message_that_is_too_large_is_refused_at_writing_and_names_the_field(speaker: Database) -> None:
    bulletin = Bulletin(title="long")
    with pytest.raises(PayloadTooLarge, match=r"^body: "):
        async with speaker.transaction() as session:
            session.add(bulletin)
            await session.flush()
            # 450,001 characters of two bytes each: it is bytes that count.
            await tell(session, bulletin, BulletinPosted(id=str(bulletin.id), title="long", body="é" * 450_001))

    assert await waiting_rows(speaker) == 0


async def test_a_topic_that_does_not_exist_yet_blocks_until_it_does(speaker: Database, log: Log) -> None:
    relay = Relay(speaker, log)
    async with speaker.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO outbox (topic, key, ordinal, type, headers, payload) VALUES"
                " ('test.unknown', 'k', 1, 't', '{}', 'x')"
            )
        )
    async with at_work(relay.run):
        await posted(speaker, "known")
        await eventually(lambda: relay.blocked)
        await eventually(lambda: _on_log(log, ["known"]))
        await log.create_topics([Topic("test.unknown")])
        await relayed(speaker)


async def _on_log(log: Log, expected: list[str | None]) -> bool:
    return titles(await messages(log)) == expected


async def _kill_holder(speaker: Database) -> None:
    """End the backend that holds the relay's lock, as a network cut or a database failover would."""
    assert await _end_holders(speaker) == 1


async def _end_holders(speaker: Database) -> int:
    connection = await speaker.connect()
    try:
        killed = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return len(killed)
    finally:
        await connection.close()


async def test_of_two_relays_one_is_active_and_the_other_takes_over(
    speaker: Database, log: Log, backend: Backend
) -> None:
    one, other = Relay(speaker, log), Relay(speaker, log)

    async with at_work(one.run, other.run):
        await eventually(lambda: one.active or other.active)
        assert not (one.active and other.active)
        first, second = (one, other) if one.active else (other, one)
        await posted(speaker, "by the first")
        await relayed(speaker)
        assert not second.active

        await _kill_holder(speaker)
        await eventually(lambda: one.active or other.active)
        await posted(speaker, "by whoever took over")
        await relayed(speaker)

    assert first is not second
    told = [t for t in titles(await messages(log)) if t]
    if "fencing" in backend.lacks:  # both may tell what was posted just then
        told = list(dict.fromkeys(told))
    assert told == ["by the first", "by whoever took over"]


async def test_a_relay_that_is_stopped_is_followed_by_the_other(speaker: Database, log: Log) -> None:
    one, other = Relay(speaker, log), Relay(speaker, log)
    async with at_work(other.run) as waiting:
        async with at_work(one.run):
            await eventually(lambda: one.active or other.active)
        await eventually(lambda: other.active)
        await posted(speaker, "told")
        await relayed(speaker)
        assert not waiting[0].done()


async def test_what_was_refused_is_no_trouble_of_a_relay_that_stands_by(speaker: Database, log: Log) -> None:
    faulty = FaultyLog(log)
    id = await posted(speaker, "told by the other")
    faulty.refused.add(str(id))
    one, other = Relay(speaker, faulty), Relay(speaker, log)

    async with at_work(one.run):
        await eventually(lambda: one.blocked)
        async with at_work(other.run):
            await eventually(lambda: _other_holds(speaker, one, other), deadline=40, every=0.5)
            await relayed(speaker)
            await eventually(lambda: not one.blocked)


async def _other_holds(speaker: Database, one: Relay, other: Relay) -> bool:
    """Whether it does; while it does not, the lock is taken from whoever has it: the one may have it again at once."""
    if one.active:
        await _end_holders(speaker)
    return other.active


async def _zombie_appends_late(speaker: Database, log: Log) -> None:
    """A relay reads the old state, stalls, loses its lock; another tells old and new; then the first goes on."""
    id = await posted(speaker, "old")
    zombie, successor = Relay(speaker, log), Relay(speaker, log)
    async with by_hand(zombie, log) as (connection, stale_writer):
        row = await connection.fetchrow("SELECT topic, key, headers, payload FROM outbox")
        read_before = record_of(row["topic"], row["key"], row["payload"], json.loads(row["headers"]))
        async with by_hand(successor, log) as (its_connection, writer):
            assert await successor.move(its_connection, writer)
            await retitled(speaker, id, "new")
            assert await successor.move(its_connection, writer)
            await stale_writer.append([read_before])


@pytest.mark.needs("fencing")
async def test_a_zombie_relay_cannot_append_an_old_state_after_a_newer_one(speaker: Database, log: Log) -> None:
    with pytest.raises(Fenced):
        await _zombie_appends_late(speaker, log)

    assert titles(await messages(log)) == ["old", "new"]


async def test_control_without_fencing_the_old_state_is_last(speaker: Database, log: Log) -> None:
    await _zombie_appends_late(speaker, FaultyLog(log, unique_names=True))

    assert titles(await messages(log)) == ["old", "new", "old"]


@pytest.mark.needs("fencing")
async def test_a_relay_that_is_fenced_stands_by_and_takes_the_name_again_under_its_lock(
    speaker: Database, log: Log
) -> None:
    relay = Relay(speaker, log)
    async with at_work(relay.run):
        await eventually(lambda: relay.active)
        usurper = log.writer(relay.name)
        await usurper.open()
        await posted(speaker, "told")
        await relayed(speaker)
        with pytest.raises(Fenced):
            await usurper.append([Record("test.bulletins", "k", b"{}")])
        await usurper.close()

    assert titles(await messages(log)) == ["told"]
