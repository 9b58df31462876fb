"""Kill -9 in the middle of a stream of publications: what was accepted is there, once, in order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.cli import grant
from shared.contracts.contributions import CONTRIBUTIONS
from shared.messaging import guards
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Incoming, age_of, open_envelope
from shared.messaging.log import Log, Partition
from shared.messaging.reactions import Reactions, StateReaction
from shared.messaging.relay import Relay
from shared.storage.database import Database
from tests.conformance.log.backends import PostgresBackend
from tests.faults.instance import Instance
from tests.faults.stream import Attempt, Stream
from tests.faults.verdict import Told, faults_of_effect, faults_of_log
from tests.messaging.bulletin.commands import posted
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.messaging.hearer.service import SERVICE as HEARER
from tests.messaging.hearer.service import hear, hearings, hide
from tests.messaging.working import at_work, relayed
from tests.support import brokers
from tests.support.postgres import TestServer
from tests.support.waiting import eventually

EXPERT, EDITOR = "expert@demain.example", "editor@demain.example"


@pytest_asyncio.fixture
async def instance() -> AsyncIterator[Instance]:
    """With its log on Apache Kafka if that is asked for, which is not killed: `tests/kafka` does that."""
    folder = Path(tempfile.mkdtemp(prefix="demain-kill-"))
    try:
        async with brokers.cluster() as kafka:
            running = Instance(folder / "data", brokers.platform_settings(kafka))
            yield running
            await running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_what_was_accepted_survives_kill_9(instance: Instance) -> None:
    stream = Stream(instance.url)
    await instance.start()
    await stream.sign_up(EXPERT, EDITOR)
    async with instance.beside() as platform:
        for email, role in ((EXPERT, "expert"), (EDITOR, "editor")):
            await grant(platform.resources["identity"], email, role)

    await _write_until_killed(instance, stream, with_postgres=False)
    await instance.start()
    await _write_until_killed(instance, stream, with_postgres=True)
    await instance.start()

    await stream.sign_in(EXPERT, EDITOR)
    async with httpx.AsyncClient(base_url=instance.url, timeout=30) as http:
        await _everything_told_to_the_client_is_there(http, stream)
        await _what_was_never_answered_is_done_at_most_once(http, stream)
        await _search_finds_what_is_published_and_nothing_else(http, stream)
    await _the_log_is_in_order(instance, stream)


async def _write_until_killed(instance: Instance, stream: Stream, *, with_postgres: bool) -> None:
    await stream.sign_in(EXPERT, EDITOR)
    enough = len(stream.published) + 12
    writing = asyncio.create_task(stream.write(writers=4))
    await eventually(lambda: writing.done() or len(stream.published) >= enough, deadline=90)
    assert not writing.done(), writing.exception() or "the writers stopped by themselves"
    instance.kill(with_postgres=with_postgres)
    await writing


async def _everything_told_to_the_client_is_there(http: httpx.AsyncClient, stream: Stream) -> None:
    for one in stream.attempts:
        if one.id is None:
            continue
        there = await http.get(f"/api/contributions/{one.id}", headers=stream.bearer("expert"))
        assert there.status_code == 200, f"created, and gone: {one}"
        found = there.json()
        assert one.word in found["title"]
        if one.edited:
            assert found["summary"] == "Plus court.", f"edited, and lost: {one}"
        if one.published:
            assert found["state"] == "published", f"published, and lost: {one}"
        elif one.submitted:
            assert found["state"] in {"submitted", "published"}, f"submitted, and lost: {one}"


async def _what_was_never_answered_is_done_at_most_once(http: httpx.AsyncClient, stream: Stream) -> None:
    """The client sends it again with its key, as clients do; and so with one that was answered."""
    unanswered = [one for one in stream.attempts if one.id is None]
    for one in [*unanswered, stream.published[0]]:
        answers = [await stream.create(http, one) for _ in range(2)]
        assert len({answer.json()["id"] for answer in answers} | ({one.id} if one.id else set())) == 1
        one.id = answers[0].json()["id"]
    titles: Counter[str] = Counter()
    url = "/api/contributions?state=any&limit=100"
    while url:
        answer = await http.get(url, headers=stream.bearer("expert"))
        titles.update(item["title"] for item in answer.json()["items"])
        url = answer.links.get("next", {}).get("url", "")
    assert titles == {one.draft["title"]: 1 for one in stream.attempts}


async def _search_finds_what_is_published_and_nothing_else(http: httpx.AsyncClient, stream: Stream) -> None:
    expected: dict[str, Attempt] = {}
    for one in stream.attempts:
        there = await http.get(f"/api/contributions/{one.id}", headers=stream.bearer("expert"))
        if there.json()["state"] == "published":
            expected[one.word] = one

    async def total() -> bool:
        found = (await http.get("/api/search", params={"limit": 1})).json()
        return bool(found["total"] == len(expected))

    await eventually(total, deadline=60)
    for one in stream.attempts:
        found = (await http.get("/api/search", params={"q": f'"{one.word}"'})).json()
        assert [hit["id"] for hit in found["hits"]] == ([one.id] if one.word in expected else []), one


async def _the_log_is_in_order(instance: Instance, stream: Stream) -> None:
    async with instance.beside() as platform:
        said = await _told(platform.log)
        async with platform.resources["contributions"].database.transaction() as session:
            waiting = (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one()
    assert waiting == 0
    assert faults_of_log(said) == []
    on_log = {one.key for one in said}
    assert {one.id for one in stream.published} <= on_log
    edited = {one.id for one in stream.attempts if one.edited}
    assert edited <= {one.key for one in said if one.ordinal == 2}, "two messages of one key are needed for an order"


async def _told(log: Log) -> list[Told]:
    reader = log.reader()
    said: list[Told] = []
    partitions = await log.partitions(CONTRIBUTIONS.name)
    await reader.assign(partitions)
    ends = await reader.end_offsets(partitions)
    while any(place < ends[p] for p, place in (await reader.positions(partitions)).items()):
        said += [Told(record.key, *age_of(record), content=record.value) for record in await reader.poll(1.0)]
    await reader.close()
    return said


@pytest.mark.parametrize(
    ("ordinals", "faulty"),
    [
        ([1, 2, 3], False),
        ([1, 2, 1, 2, 3], False),
        ([1, 2, 2, 3], False),
        ([1, 3], True),
        ([2, 1], True),
        ([2, 3], True),
        ([1, 2, 1], True),
    ],
)
def test_control_of_the_verdict_on_a_log(ordinals: list[int], faulty: bool) -> None:
    said = [Told("k", 1, ordinal, f"content {ordinal}") for ordinal in ordinals]

    assert bool(faults_of_log(said)) == faulty


def test_control_two_contents_under_one_ordinal() -> None:
    assert faults_of_log([Told("k", 1, 1, "one"), Told("k", 1, 1, "other")])


class Killed(BaseException):
    """The process ends here; nothing after it happens."""


@pytest_asyncio.fixture
async def spoken(server: TestServer) -> AsyncIterator[tuple[Log, Database, list[str]]]:
    """Ten bulletins on a log, and a hearer that heard nothing yet."""
    backend = PostgresBackend(server.maintenance.dsn)
    await backend.start()
    log = backend.log()
    await log.create_topics([BULLETINS])
    async with server.database(BULLETIN) as speaker, server.database(HEARER) as hearer:
        ids = [str(await posted(speaker, f"{n}")) for n in range(10)]
        async with at_work(Relay(speaker, log).run):
            await relayed(speaker)
        yield log, hearer, ids
    await log.close()
    assert backend.proxy is not None
    await backend.proxy.cut()


async def _probe(log: Log, hearer: Database, *, offsets_first: bool, killed: bool) -> None:
    """A careless consumer: its offsets are not in the transaction of what it applies, and it has no guards."""
    partition = Partition(BULLETINS.name, 0)
    reader = log.reader()
    try:
        await reader.assign([partition])
        async with hearer.transaction() as session:
            stored = await guards.stored_offsets(session, "probe", "log")
        await reader.seek(partition, stored.get(partition, 0))
        batch = await reader.poll(1.0)
        if not batch:
            return

        async def store() -> None:
            async with hearer.transaction() as session:
                await guards.store_offsets(session, "probe", "log", {partition: batch[-1].offset + 1})

        async def apply() -> None:
            async with hearer.transaction() as session:
                await hear(session, [open_envelope(record) for record in batch])

        first, second = (store, apply) if offsets_first else (apply, store)
        await first()
        if killed:
            raise Killed
        await second()
    finally:
        await reader.close()


@pytest.mark.parametrize("offsets_first", [True, False], ids=["commits before applying", "applies before committing"])
async def test_control_a_careless_consumer_loses_or_doubles(
    spoken: tuple[Log, Database, list[str]], offsets_first: bool
) -> None:
    log, hearer, ids = spoken
    with pytest.raises(Killed):
        await _probe(log, hearer, offsets_first=offsets_first, killed=True)
    await _probe(log, hearer, offsets_first=offsets_first, killed=False)

    applied = [one.id for one in await hearings(hearer)]

    assert len(faults_of_effect(ids, applied)) == 10
    assert len(applied) == (0 if offsets_first else 20)


async def test_our_consumer_killed_at_the_same_places_does_neither(spoken: tuple[Log, Database, list[str]]) -> None:
    """Its connection dies right after it applied, and again right before the commit."""
    log, hearer, ids = spoken
    deaths = 0

    async def hear_and_die(session: AsyncSession, messages: Sequence[Incoming]) -> None:
        nonlocal deaths
        await hear(session, messages)
        if deaths < 3:
            deaths += 1
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    reactions = Reactions("hearer", states=(StateReaction(BULLETINS, hear_and_die, hide),))
    consumer = Consumer(hearer, log, reactions, poll=0.05, backoff=0.05)
    async with at_work(consumer.run):

        async def all_heard() -> bool:
            return {one.id for one in await hearings(hearer)} == set(ids)

        await eventually(all_heard)

    assert deaths == 3
    assert faults_of_effect(ids, [one.id for one in await hearings(hearer)]) == []
