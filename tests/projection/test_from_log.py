"""A rebuild of tables and index from the log itself, on both logs: whatever was wrong with them is right again.

`test_interleavings` plays it at random moments with a log in memory; here the logs and the projector are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import tantivy
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.contracts.base import Contract
from shared.messaging import parking
from shared.messaging.log import Log, LogUnavailable, LogWriter, Record
from shared.projection import index_tasks, merging
from shared.projection.from_log import Beside, FromLog
from shared.projection.projection import shown
from shared.projection.projector import Projector
from shared.search_index.port import Query, SearchIndex
from shared.search_index.tantivy_index import TantivyIndex
from shared.storage.database import Database
from tests.conformance.log.backends import Backend, PostgresBackend, kafka_behind_proxy
from tests.projection.forums import (
    PROJECTION,
    ForumAnnounced,
    ForumCancelled,
    Forums,
    SessionPlanned,
    SpeakerForgotten,
    SpeakerNamed,
    TalkGiven,
    render,
)
from tests.projection.speaking import Speaker, spoiled
from tests.support.postgres import TestServer
from tests.support.waiting import eventually

DEADLINE = 240.0
"""Seconds; a machine with much else to do takes one for each step."""


@dataclass
class Stage:
    """A log that is told things, and a projection of it whose projector can be killed and started."""

    database: Database
    log: Log
    writer: LogWriter
    index: SearchIndex
    speaker: Speaker = field(default_factory=Speaker)

    async def tells(self, *contracts: Contract) -> None:
        said = [self.speaker.says(contract) for contract in contracts]
        await self.writer.append([Record(one.partition.topic, one.key, one.value, one.headers) for one in said])

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[Projector]:
        projector = Projector(self.database, self.log, PROJECTION, self.index, render, batch=10)
        running = asyncio.create_task(projector.run())
        try:
            yield projector
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def titles(self) -> dict[str, str]:
        """What a reader is answered: hits of the index, checked."""
        hits = (await self.index.query(Query(limit=1000))).hits
        async with self.database.transaction() as session:
            seen = await shown(session, [hit.id for hit in hits])
        return {hit.id: hit.title_html for hit in hits if hit.id in seen}

    async def answers(self, expected: dict[str, str]) -> None:
        async def as_expected() -> bool:
            return await self.titles() == expected and await self.scalar("SELECT count(*) FROM dirt") == 0

        try:
            await eventually(as_expected, deadline=DEADLINE)
        except AssertionError:
            assert await self.titles() == expected
            raise

    async def ask(self) -> int:
        async with self.database.transaction() as session:
            return await index_tasks.ask(session, index_tasks.FROM_LOG)

    async def finished(self, id: int) -> index_tasks.IndexTask:
        async def done() -> index_tasks.IndexTask | None:
            async with self.database.transaction() as session:
                task = await index_tasks.find(session, id)
            return task if task is not None and task.finished_at is not None else None

        found = await eventually(done, deadline=DEADLINE)
        assert found is not None
        return found

    async def rests(self) -> None:
        """Wait until nothing that was asked for is under way: a new index is first built as a rebuild."""

        async def at_rest() -> bool:
            return await self.scalar("SELECT count(*) FROM index_task WHERE finished_at IS NULL") == 0

        await eventually(at_rest, deadline=DEADLINE)

    async def does(self, statement: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement))

    async def scalar(self, statement: str) -> object:
        async with self.database.transaction() as session:
            return (await session.execute(text(statement))).scalar_one()


@pytest_asyncio.fixture(params=["postgres", "kafka"])
async def stage(
    request: pytest.FixtureRequest, server: TestServer, at_work: Forums, tmp_path: Path
) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        backend: Backend
        if request.param == "postgres":
            backend = PostgresBackend(server.maintenance.dsn)
            await backend.start()
            assert backend.proxy is not None
            stack.push_async_callback(backend.proxy.cut)
        else:
            backend = await kafka_behind_proxy(stack)
        log = backend.log()
        stack.push_async_callback(log.close)
        writer = log.writer("relay-tests")
        stack.push_async_callback(writer.close)

        async def is_there() -> bool:
            """A broker that was just started may not answer within the suite's short deadlines."""
            try:
                await log.create_topics(picture.topic for picture in PROJECTION.pictures)
                await writer.open()
            except LogUnavailable:
                return False
            return True

        await eventually(is_there, deadline=DEADLINE)
        index = TantivyIndex(tmp_path / "index")
        await index.open()
        stack.push_async_callback(index.close)
        yield Stage(at_work.database, log, writer, index)


FORUMS = {f"forum:{n:02}": f"Forum {n}" for n in range(25)}
SESSIONS = {f"session:{n:02}": f"Session {n}" for n in range(25)}


async def _tell_all(stage: Stage) -> None:
    for n in range(25):  # children first, and each forum twice
        await stage.tells(
            SessionPlanned(id=f"{n:02}", title=f"Session {n}", forum=f"{n:02}"),
            ForumAnnounced(id=f"{n:02}", title="Before"),
        )
    await stage.tells(*(ForumAnnounced(id=f"{n:02}", title=f"Forum {n}") for n in range(25)))


async def test_damaged_tables_are_right_again(stage: Stage) -> None:
    await _tell_all(stage)
    await stage.tells(ForumAnnounced(id="gone", title="Gone"), ForumCancelled(id="gone"))
    async with stage.projecting():
        await stage.answers({**FORUMS, **SESSIONS})
        await stage.does("DELETE FROM document WHERE id IN ('forum:03', 'session:04')")
        await stage.does("UPDATE document SET visible = true, state = '{\"title\": \"Lie\"}' WHERE id = 'forum:gone'")
        await stage.does(
            "INSERT INTO document (id, epoch, ordinal, refs, visible, rooted)"
            " VALUES ('forum:no', 9, 9, '{}', true, true)"
        )
        await stage.does("UPDATE applied SET epoch = 7")
        done = await stage.finished(await stage.ask())
        await stage.answers({**FORUMS, **SESSIONS})
        # Guards are those of the log as well: what is told next is newer than they are.
        await stage.tells(ForumAnnounced(id="05", title="Later"))
        await stage.answers({**FORUMS, **SESSIONS, "forum:05": "Later"})
        # And documents know what the index holds.
        async with stage.database.transaction() as session:
            verify = await index_tasks.ask(session, "verify")
        assert (await stage.finished(verify)).differences == 0

    assert done.scanned >= 77, "all that stands on the log"
    assert await stage.index.generations() == [done.generation] == [await stage.index.live()]
    assert await stage.scalar("SELECT count(*) FROM document WHERE id = 'forum:no'") == 0
    assert await stage.scalar("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'from_log%'") == 0


async def test_a_compacted_log_tells_the_same(stage: Stage) -> None:
    if not hasattr(stage.log, "keep_house"):
        pytest.skip("Apache Kafka compacts when it likes: tests/conformance/log reads what it compacted")
    await _tell_all(stage)
    await stage.tells(*(ForumCancelled(id=f"{n:02}") for n in range(5)))
    await stage.log.keep_house()
    async with stage.projecting():
        done = await stage.finished(await stage.ask())
        kept = {key: title for key, title in {**FORUMS, **SESSIONS}.items() if int(key[-2:]) >= 5}
        await stage.answers(kept)

    assert done.scanned < 80, "what newer states replaced is not on the log any more"


async def test_queries_go_on_and_what_is_told_meanwhile_is_there(stage: Stage) -> None:
    await _tell_all(stage)
    asked = 0
    expected = {**FORUMS, **SESSIONS}
    async with stage.projecting():
        await stage.answers(expected)
        rebuilding = asyncio.create_task(stage.finished(await stage.ask()))
        told = 0
        while not rebuilding.done():
            number = told % 25
            if told < 100:
                await stage.tells(ForumAnnounced(id=f"{number:02}", title=f"Told {told}"))
                expected[f"forum:{number:02}"] = f"Told {told}"
                told += 1
            found = await stage.titles()
            assert found.keys() == expected.keys(), "nothing is missing at any moment"
            asked += 1
        await rebuilding
        await stage.answers(expected)
    assert asked > 3


@pytest.mark.parametrize("where", ["reading", "showing", "merging", "swapping"])
async def test_killed_midway_the_old_one_stays_and_the_next_begins_anew(
    stage: Stage, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process ends right there: the task is cancelled, and another projector comes after it."""
    await _tell_all(stage)
    here = asyncio.Event()

    async def never(*_: object, **__: object) -> bool:
        here.set()
        await asyncio.Event().wait()
        return False

    places: dict[str, tuple[object, str]] = {
        "reading": (index_tasks, "advance"),
        "showing": ("shared.projection.from_log", "write"),
        "merging": (merging, "_merge_guards"),
        "swapping": (TantivyIndex, "swap"),
    }
    async with stage.projecting():
        await stage.answers({**FORUMS, **SESSIONS})
        await stage.rests()
    await stage.does("DELETE FROM document WHERE id = 'session:04'")
    first = await stage.index.live()
    with monkeypatch.context() as patch:
        target, name = places[where]
        if isinstance(target, str):
            patch.setattr(f"{target}.{name}", never)
        else:
            patch.setattr(target, name, never)
        id = await stage.ask()
        async with stage.projecting():
            await asyncio.wait_for(here.wait(), DEADLINE)
            begun = await stage.scalar("SELECT generation FROM index_task WHERE kind = 'from-log'")
    assert await stage.index.live() == first
    there = await stage.scalar("SELECT count(*) FROM document WHERE id = 'session:04'")
    assert there == (1 if where == "swapping" else 0), "the tables are the old ones, whole, or the new ones"
    assert {**FORUMS, **SESSIONS}.items() >= (await stage.titles()).items()
    await stage.tells(ForumAnnounced(id="05", title="Told after the end"))

    async with stage.projecting():
        done = await stage.finished(id)
        await stage.answers({**FORUMS, **SESSIONS, "forum:05": "Told after the end"})

    assert (done.generation == begun) == (where == "swapping")
    assert await stage.index.generations() == [done.generation]
    assert await stage.scalar("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'from_log%'") == 0


async def test_an_outage_of_the_log_is_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rebuild reads on where its tables stand."""
    await _tell_all(stage)
    real, failures = FromLog._has_caught_up, 0

    async def fails(self: FromLog, run: object, reader: object) -> bool:
        nonlocal failures
        found = await real(self, run, reader)  # type: ignore[arg-type]
        if found and failures < 2:
            failures += 1
            raise LogUnavailable("away")
        return found

    monkeypatch.setattr(FromLog, "_has_caught_up", fails)
    async with stage.projecting():
        done = await stage.finished(await stage.ask())
        await stage.answers({**FORUMS, **SESSIONS})
    assert failures == 2
    assert done.scanned == 75, "nothing was read twice"


async def test_what_cannot_be_applied_is_parked_there_too_and_what_can_be_by_now_is_not(stage: Stage) -> None:
    await stage.tells(ForumAnnounced(id="a", title="A"), ForumAnnounced(id="b", title="B"))
    bad = spoiled(stage.speaker.says(ForumAnnounced(id="b", title="B, newer")))
    await stage.writer.append([Record(bad.partition.topic, bad.key, bad.value, bad.headers)])

    async def parked() -> list[str]:
        async with stage.database.transaction() as session:
            return [one.received.key for one in await parking.parked(session)]

    async with stage.projecting():
        await stage.answers({"forum:a": "A"})
        assert await parked() == ["b"]
        number = await stage.scalar("SELECT id FROM parked_message")
        # As if a mended version of this service could apply what is set aside for `a`, and it is forgotten.
        await stage.does(
            'INSERT INTO parked_message (consumer, topic, key, epoch, ordinal, partition, "offset", headers, error,'
            " attempts) SELECT consumer, topic, 'a', 1, 1, partition, 0, '{}', 'old', 8 FROM parked_message"
        )
        await stage.finished(await stage.ask())
        assert await parked() == ["b"]
        assert await stage.scalar("SELECT id FROM parked_message") == number, "it stays under its number"
        await stage.answers({"forum:a": "A"})


async def test_who_is_gone_for_good_is_in_no_file_of_the_new_generation(stage: Stage, tmp_path: Path) -> None:
    await stage.tells(
        ForumAnnounced(id="f", title="F"),
        SessionPlanned(id="s", title="S", forum="f"),
        SpeakerNamed(id="ada", title="Quatrebarbes"),
        TalkGiven(id="t", title="Talk", session="s", speakers=("ada",)),
        SpeakerForgotten(id="ada"),
    )
    async with stage.projecting():
        await stage.answers({"forum:f": "F", "session:s": "S", "talk:t": "Talk"})
        await stage.finished(await stage.ask())
        await stage.rests()
        await stage.answers({"forum:f": "F", "session:s": "S", "talk:t": "Talk"})
    # `test_rebuilding` has the control: what is taken out of an index stays in its files.
    live = tantivy.Index.open(str(tmp_path / "index" / await stage.index.live()))
    assert live.searcher().doc_freq("people", "quatrebarbes") == 0


async def test_one_generation_is_filled_at_a_time(stage: Stage) -> None:
    await _tell_all(stage)
    async with stage.database.transaction() as session:
        ids = [
            await index_tasks.ask(session, "rebuild"),
            await index_tasks.ask(session, index_tasks.FROM_LOG),
            await index_tasks.ask(session, "purge"),
            await index_tasks.ask(session, "verify"),
        ]
    async with stage.projecting():
        for id in ids:
            await stage.finished(id)
        await stage.answers({**FORUMS, **SESSIONS})

    rebuild, from_log = [await stage.finished(id) for id in ids[:2]]
    assert rebuild.finished_at is not None
    assert from_log.finished_at is not None
    assert rebuild.finished_at < from_log.finished_at


async def test_control_tables_that_are_missing_fail_rather_than_the_live_ones_being_written_to(stage: Stage) -> None:
    """A projector that lost its duty without noticing, whose tables another has dropped."""
    beside = Beside(stage.database, "g1")
    await beside.create()
    other = Beside(stage.database, "g2")
    await other.create()
    with pytest.raises(ProgrammingError, match="does not exist"):
        async with beside.transaction() as session:
            await session.execute(text("DELETE FROM document"))
    async with other.transaction() as session:
        await session.execute(text("DELETE FROM document"))
    await stage.does('DROP SCHEMA "from_log_g2" CASCADE')


async def test_a_run_that_another_took_over_merges_nothing(stage: Stage) -> None:
    id = await stage.ask()
    async with stage.database.transaction() as session:
        task = await index_tasks.find(session, id)
        assert task is not None
        await index_tasks.begin_anew(session, task)
        mine = await index_tasks.find(session, id)
        assert mine is not None
    async with stage.database.transaction() as session:
        await session.execute(text("SELECT pg_sleep(0.002)"))  # names are instants, in milliseconds
        await index_tasks.begin_anew(session, mine)

    assert not await merging.merge(stage.database, mine, "from_log_nowhere", PROJECTION.name)
