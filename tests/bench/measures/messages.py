"""What moves messages: the relay and the projector, each beside what it stands on, alone.

Runs in this process, on databases of its own in the platform's PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import tantivy
import uvloop
from sqlalchemy import insert

from services.contributions.service import SERVICE as CONTRIBUTIONS
from services.search.service import SERVICE as SEARCH
from shared.contracts.contributions import ContributionPublished
from shared.messaging.envelope import headers_of, payload_of
from shared.messaging.postgres_log import PostgresLog
from shared.messaging.relay import BATCH, Relay
from shared.projection.projection import Picture
from shared.projection.projector import Projector
from shared.runtime.correlation import traceparent
from shared.runtime.service import Service
from shared.search_index.port import IndexDocument
from shared.search_index.tantivy.schema import SCHEMA, to_tantivy
from shared.search_index.tantivy_index import TantivyIndex
from shared.storage import migrations, tables
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.bench.bench import Bench
from tests.bench.table import PER_SECOND, Limit, Row

DEADLINE = 60.0
"""Seconds in which all must be in the index."""
_TEXT = "On y compte les bancs, les arbres et les fontaines. " * 40
_DATABASES = ("bench_sender", "bench_search", "bench_log", "bench_bare")


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    bench.say("relay and projector")
    runs = uvloop.run(_runs(bench))
    yield Row(
        f"relay to the log in PostgreSQL, batches of {BATCH}",
        PER_SECOND,
        [one.relayed for one in runs],
        Limit("asyncpg: the same rows inserted and deleted in the same batches", [one.appended for one in runs]),
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
    projected: float
    indexed: float


async def _runs(bench: Bench) -> list[_Rates]:
    async with _databases(bench) as (sender, search, log, bare):
        rates = []
        index = TantivyIndex(bench.scratch / "projected")
        await index.open()
        for number in range(bench.extent.runs):
            said = [_published(place) for place in range(bench.extent.messages)]
            await _fill_outbox(sender, said)
            seconds = (
                await _relay(sender, log),
                await _project(search, log, index, len(said) * (number + 1)),
                await _append(bare, said),
                await _index(bare, bench.scratch / f"bare-{number}", said),
            )
            relayed, projected, appended, indexed = (len(said) / one for one in seconds)
            rates.append(_Rates(relayed, appended, projected, indexed))
        await index.close()
        return rates


@asynccontextmanager
async def _databases(bench: Bench) -> AsyncIterator[tuple[Database, Database, PostgresLog, asyncpg.Connection]]:
    async with bench.server() as server:
        maintenance = await asyncpg.connect(server.maintenance.dsn)

        async def drop() -> None:
            for name in _DATABASES:
                await maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

        async def made(service: Service, name: str) -> Database:
            address = server.maintenance.elsewhere(name)
            await migrations.upgrade(address, service.migrations)
            return Database(service.name, address)

        try:
            await drop()
            for name in _DATABASES:
                await migrations.create_database(maintenance, name)
            sender = await made(CONTRIBUTIONS, _DATABASES[0])
            search = await made(SEARCH, _DATABASES[1])
            log = PostgresLog(server.maintenance.elsewhere(_DATABASES[2]).dsn)
            bare = await asyncpg.connect(server.maintenance.elsewhere(_DATABASES[3]).dsn)
            sender.bell.relay_is_near = True
            await log.create_topics([picture.topic for picture in _pictures()])
            yield sender, search, log, bare
            await bare.close()
            await log.close()
            await search.close()
            await sender.close()
        finally:
            await drop()
            await maintenance.close()


def _pictures() -> Sequence[Picture]:
    assert SEARCH.projection is not None
    return SEARCH.projection.pictures


def _published(number: int) -> ContributionPublished:
    id = str(new_id())
    return ContributionPublished(
        id=id,
        kind="study",
        language="fr",
        title=f"Étude {number} d’un quartier",
        summary="Ce que la ville gagne à mesurer autrement le temps qu’on y passe.",
        text=_TEXT,
        themes=("mobility",),
        territories=(),
        authors=(),
        url=f"/contributions/{id}/etude",
        published_at=datetime.now(UTC),
    )


async def _fill_outbox(sender: Database, said: Sequence[ContributionPublished]) -> None:
    values = [
        {
            "topic": one.TOPIC,
            "key": one.id,
            "ordinal": 1,
            "type": one.TYPE,
            "headers": headers_of(one, source="contributions", ordinal=1, epoch=1, traceparent=traceparent()),
            "payload": payload_of(one),
        }
        for one in said
    ]
    async with sender.transaction() as session:
        await session.execute(insert(tables.outbox), values)


async def _relay(sender: Database, log: PostgresLog) -> float:
    relay = Relay(sender, log)
    writer = log.writer(relay.name)
    connection = await sender.connect()
    await writer.open()
    began = time.perf_counter()
    while await relay.move(connection, writer):
        pass
    seconds = time.perf_counter() - began
    await writer.close()
    await connection.close()
    return seconds


async def _project(search: Database, log: PostgresLog, index: TantivyIndex, expected: int) -> float:
    assert SEARCH.projection is not None and SEARCH.render is not None
    projector = Projector(search, log, SEARCH.projection, index, SEARCH.render)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(projector.run())
        async with asyncio.timeout(DEADLINE):
            while await index.count() < expected:
                await asyncio.sleep(0.005)
        seconds = time.perf_counter() - began
        working.cancel()
    return seconds


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
