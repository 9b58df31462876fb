"""What moves messages: relay, consumer and projector on the log in PostgreSQL, each beside what it stands on, alone.

Runs in this process, on databases of its own in the platform's PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import tantivy
import uvloop

from services.contributions.service import SERVICE as CONTRIBUTIONS
from services.events.service import SERVICE as EVENTS
from services.search.service import SERVICE as SEARCH
from shared.contracts.contributions import ContributionPublished
from shared.contracts.identity import PEOPLE
from shared.messaging.envelope import payload_of
from shared.messaging.postgres_log import PostgresLog
from shared.messaging.relay import BATCH
from shared.projection.projector import Projector
from shared.search_index.port import IndexDocument
from shared.search_index.tantivy.schema import SCHEMA, to_tantivy
from shared.search_index.tantivy_index import TantivyIndex
from shared.storage.database import Database
from tests.bench.bench import Bench
from tests.bench.databases import databases, fill_outbox, named, published
from tests.bench.moving import NAMES_A_MESSAGE, UPSERTS, consumed, relayed, upserted
from tests.bench.table import PER_SECOND, Limit, Row

DEADLINE = 60.0
"""Seconds in which all must be in the index."""


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    bench.say("relay, consumer and projector")
    runs = uvloop.run(_runs(bench))
    yield Row(
        f"relay to the log in PostgreSQL, batches of {BATCH}",
        PER_SECOND,
        [one.relayed for one in runs],
        Limit("asyncpg: the same rows inserted and deleted in the same batches", [one.appended for one in runs]),
    )
    yield Row(
        "consumer with its guards, from the log in PostgreSQL",
        PER_SECOND,
        [one.consumed for one in runs],
        Limit(UPSERTS, [one.upserted for one in runs]),
    )
    yield Row(
        "projector: from the log into the index",
        PER_SECOND,
        [one.projected for one in runs],
        Limit("asyncpg upserts + tantivy alone, the same batches", [one.indexed for one in runs]),
    )


@dataclass(frozen=True)
class _Rates:
    """Messages or documents per second."""

    relayed: float
    appended: float
    consumed: float
    upserted: float
    projected: float
    indexed: float


@dataclass(frozen=True)
class _Ground:
    sender: Database
    events: Database
    search: Database
    log: PostgresLog
    names: PostgresLog
    """Where names are told, which the projector would make documents of too."""
    bare: asyncpg.Connection


async def _runs(bench: Bench) -> list[_Rates]:
    async with _ground(bench) as on:
        rates = []
        index = TantivyIndex(bench.scratch / "projected")
        await index.open()
        await _built(on.search, on.log, index)
        for number in range(bench.extent.runs):
            said = [published(place) for place in range(bench.extent.messages)]
            people = [named(place) for place in range(bench.extent.messages * NAMES_A_MESSAGE)]
            await fill_outbox(on.sender, said)
            moved = await relayed(on.sender, on.log)
            projected = await _project(on.search, on.log, index, len(said) * (number + 1))
            await fill_outbox(on.sender, people)
            await relayed(on.sender, on.names)
            rates.append(
                _Rates(
                    relayed=len(said) / moved,
                    appended=len(said) / await _append(on.bare, said),
                    consumed=len(people) / await consumed(on.events, on.names, len(people) * (number + 1)),
                    upserted=len(people) / await upserted(on.bare, people),
                    projected=len(said) / projected,
                    indexed=len(said) / await _index(on.bare, bench.scratch / f"bare-{number}", said),
                )
            )
        await index.close()
        return rates


@asynccontextmanager
async def _ground(bench: Bench) -> AsyncIterator[_Ground]:
    assert SEARCH.projection is not None
    async with databases(bench) as make:
        sender = await make.of(CONTRIBUTIONS, "bench_sender")
        sender.bell.relay_is_near = True
        log = await make.log("bench_log")
        await log.create_topics([PEOPLE, *(picture.topic for picture in SEARCH.projection.pictures)])
        names = await make.log("bench_names_log")
        await names.create_topics([PEOPLE])
        events, search = await make.of(EVENTS, "bench_events"), await make.of(SEARCH, "bench_search")
        yield _Ground(sender, events, search, log, names, await make.bare("bench_bare"))


async def _built(search: Database, log: PostgresLog, index: TantivyIndex) -> None:
    """A new index is built once, also of nothing; until then each document goes into two generations."""
    async with _projecting(search, log, index):
        while await index.needs_rebuild():
            await asyncio.sleep(0.005)


async def _project(search: Database, log: PostgresLog, index: TantivyIndex, expected: int) -> float:
    began = time.perf_counter()
    async with _projecting(search, log, index):
        while await index.count() < expected:
            await asyncio.sleep(0.005)
        return time.perf_counter() - began


@asynccontextmanager
async def _projecting(search: Database, log: PostgresLog, index: TantivyIndex) -> AsyncIterator[None]:
    assert SEARCH.projection is not None and SEARCH.render is not None
    projector = Projector(search, log, SEARCH.projection, index, SEARCH.render)
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(projector.run())
        async with asyncio.timeout(DEADLINE):
            yield
        working.cancel()


async def _append(bare: asyncpg.Connection, said: Sequence[ContributionPublished]) -> float:
    await bare.execute("DROP TABLE IF EXISTS waiting, appended")
    await bare.execute("CREATE TABLE waiting (seq bigserial PRIMARY KEY, key text, value bytea)")
    await bare.execute("CREATE TABLE appended (place bigserial PRIMARY KEY, key text, value bytea)")
    rows = [(one.id, payload_of(one)) for one in said]
    await bare.executemany("INSERT INTO waiting (key, value) VALUES ($1, $2)", rows)
    began = time.perf_counter()
    while batch := await bare.fetch("SELECT * FROM waiting ORDER BY seq LIMIT $1", BATCH):
        await bare.execute(
            "INSERT INTO appended (key, value) SELECT * FROM unnest($1::text[], $2::bytea[])",
            [row["key"] for row in batch],
            [row["value"] for row in batch],
        )
        await bare.execute("DELETE FROM waiting WHERE seq = ANY($1::bigint[])", [row["seq"] for row in batch])
    return time.perf_counter() - began


async def _index(bare: asyncpg.Connection, folder: Path, said: Sequence[ContributionPublished]) -> float:
    await bare.execute("CREATE TABLE IF NOT EXISTS document (id text PRIMARY KEY, state jsonb)")
    folder.mkdir(parents=True)
    index = tantivy.Index(SCHEMA, path=str(folder))
    writer = index.writer(heap_size=30_000_000, num_threads=1)
    began = time.perf_counter()
    for start in range(0, len(said), BATCH):
        batch = said[start : start + BATCH]
        await bare.execute(
            "INSERT INTO document SELECT * FROM unnest($1::text[], $2::jsonb[])"
            " ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state",
            [one.id for one in batch],
            [json.dumps(one.model_dump(mode="json")) for one in batch],
        )
        for one in batch:
            writer.add_document(to_tantivy(_document(one)))
        writer.commit()
        index.reload()
    seconds = time.perf_counter() - began
    writer.wait_merging_threads()
    return seconds


def _document(one: ContributionPublished) -> IndexDocument:
    return IndexDocument(
        id=one.key(one.id),
        stamp=1,
        type=one.ENTITY,
        language=one.language,
        title=one.title,
        summary=one.summary,
        body=one.text,
        date=one.published_at,
        people=(),
        facets={"kind": (one.kind,), "theme": one.themes, "territory": one.territories},
    )
