"""From an accepted publication until search finds it, beside one commit of PostgreSQL and one of the index."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import tantivy
import uvloop

from shared.search_index.port import IndexDocument
from shared.search_index.tantivy.schema import SCHEMA, to_tantivy
from tests.bench.bench import Bench
from tests.bench.table import MILLISECONDS, Limit, Row, percentile
from tests.bench.writers import Writers, unlike_any_word, writers

PER_SECOND = 10
DEADLINE = 60.0
"""Seconds in which all must be found."""
PAUSE = 0.005
"""Seconds between two looks: what is measured is no finer."""
_TEXT = "On y compte les bancs, les arbres et les fontaines. " * 40


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    bench.say(f"publications, {PER_SECOND} a second")
    # A round that is not counted: the index opens its writer, statements are prepared.
    uvloop.run(_found(bench.platform.port, 5))
    runs = [uvloop.run(_found(bench.platform.port, bench.extent.publications)) for _ in range(bench.extent.runs)]
    commits = uvloop.run(_commits(bench))
    indexed = _index_commits(bench)
    every = [wait for run in runs for wait in run]
    both = sorted(a + b for a, b in zip(sorted(commits), sorted(indexed), strict=True))
    for share, called in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
        # Of all runs together: one run alone has too few publications for a p99.
        yield Row(
            f"publication accepted → found by search, {called} of {len(every)}",
            MILLISECONDS,
            [percentile(every, share) * 1000],
            Limit(f"one PostgreSQL commit + one tantivy commit, {called}", [percentile(both, share) * 1000]),
        )


async def _found(port: int, publications: int) -> list[float]:
    """Seconds from the answer to each publication until the first answer of search that has it."""
    async with writers(port) as team, asyncio.timeout(DEADLINE + publications / PER_SECOND):
        words = [unlike_any_word() for _ in range(publications)]
        submitted = [await team.submit(await team.create(word)) for word in words]
        began = time.perf_counter()
        accepted: dict[str, float] = {}

        async def publish(place: int) -> None:
            await asyncio.sleep(max(0.0, began + place / PER_SECOND - time.perf_counter()))
            await team.publish(submitted[place])
            accepted[words[place]] = time.perf_counter()

        async with asyncio.TaskGroup() as tasks:
            for place in range(publications):
                tasks.create_task(publish(place))
            looking = tasks.create_task(_look(team, accepted, publications))
        return looking.result()


async def _look(team: Writers, accepted: dict[str, float], publications: int) -> list[float]:
    """Look for what was accepted until all is found.

    One reader looks for one word after the other: one for each word would keep the platform busy with answering
    that there is nothing yet.
    """
    waits: list[float] = []
    while len(waits) < publications:
        for word, since in list(accepted.items()):
            if await team.finds(word):
                waits.append(time.perf_counter() - since)
                del accepted[word]
        await asyncio.sleep(PAUSE)
    return waits


async def _commits(bench: Bench) -> list[float]:
    """Seconds of one transaction that writes one row of the size of a message."""
    async with bench.server() as server:
        connection = await asyncpg.connect(server.maintenance.dsn)
        try:
            await connection.execute("CREATE TABLE IF NOT EXISTS bench_commit (id bigserial PRIMARY KEY, body text)")
            waits = []
            for _ in range(bench.extent.publications * bench.extent.runs):
                began = time.perf_counter()
                await connection.execute("INSERT INTO bench_commit (body) VALUES ($1)", _TEXT)
                waits.append(time.perf_counter() - began)
            return waits
        finally:
            await connection.execute("DROP TABLE IF EXISTS bench_commit")
            await connection.close()


def _index_commits(bench: Bench) -> list[float]:
    """Seconds until a document more can be found in an index of the same size, with tantivy alone."""
    copy = bench.scratch / "index-copy"
    shutil.copytree(_live(bench.data), copy)
    index = tantivy.Index.open(str(copy))
    index.config_reader("manual")
    writer = index.writer(heap_size=30_000_000, num_threads=1)
    waits = []
    for number in range(bench.extent.publications * bench.extent.runs):
        began = time.perf_counter()
        writer.add_document(to_tantivy(_document(number)))
        writer.commit()
        index.reload()
        index.searcher()
        waits.append(time.perf_counter() - began)
    writer.wait_merging_threads()
    assert index.schema == SCHEMA
    return waits


def _live(data: Path) -> Path:
    folder = data / "index" / "search"
    return folder / (folder / "CURRENT").read_text().strip()


def _document(number: int) -> IndexDocument:
    return IndexDocument(
        id=f"contribution:{number}",
        stamp=number,
        type="contribution",
        language="fr",
        title=f"Étude {unlike_any_word()} d’un quartier",
        summary="Ce que la ville gagne à mesurer autrement le temps qu’on y passe.",
        body=_TEXT,
        date=datetime.now(UTC),
        people=("Nadia Belkacem",),
        facets={"kind": ("study",), "theme": ("mobility",), "territory": ()},
    )
