"""From an accepted publication until search finds it, beside one commit of PostgreSQL and one of the index."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import tantivy
import uvloop

from shared.search_index.port import IndexDocument
from shared.search_index.tantivy.schema import SCHEMA, to_tantivy
from tests.bench.bench import Bench
from tests.bench.table import MILLISECONDS, Limit, Row, percentile
from tests.bench.writers import Ports, Writers, unlike_any_word, writers

RATES = (10, 100)
"""Publications a second; what the platform cannot keep up with waits, and shows in the times."""
DEADLINE = 60.0
"""Seconds in which all must be found."""
PAUSE = 0.005
"""Seconds between two looks: what is measured is no finer."""
_MORE = 5
"""Asked for beyond those that are waited for: what was accepted while the question was on its way may be newer."""
_TEXT = "On y compte les bancs, les arbres et les fontaines. " * 40


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    # A round that is not counted: the index opens its writer, statements are prepared.
    ports = Ports.of_one(bench.platform.port)
    uvloop.run(found(ports, 5, RATES[0]))
    waits: dict[int, list[float]] = {}
    for rate in RATES:
        bench.say(f"publications, {rate} a second")
        waits[rate] = [
            wait for _ in range(bench.extent.runs) for wait in uvloop.run(found(ports, bench.extent.publications, rate))
        ]
    limit = uvloop.run(_limit(bench))
    for rate, every in waits.items():
        for share, called in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
            # Of all runs together: one run alone has too few publications for a p99.
            yield Row(
                f"publication accepted → found by search, {rate}/s, {called} of {len(every)}",
                MILLISECONDS,
                [percentile(every, share) * 1000],
                at_best(limit, share, called),
            )


async def found(ports: Ports, publications: int, rate: int) -> list[float]:
    """Seconds from the answer to each publication until the first answer of search that has it."""
    async with writers(ports) as team, asyncio.timeout(DEADLINE + publications / rate):
        series, words = unlike_any_word(), [unlike_any_word() for _ in range(publications)]
        submitted = [await team.submit(await team.create(word, series)) for word in words]
        began = time.perf_counter()
        accepted: dict[str, float] = {}

        async def publish(place: int) -> None:
            await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
            await team.publish(submitted[place])
            accepted[words[place]] = time.perf_counter()

        async with asyncio.TaskGroup() as tasks:
            for place in range(publications):
                tasks.create_task(publish(place))
            looking = tasks.create_task(_look(team, series, accepted, publications))
        return looking.result()


async def _look(team: Writers, series: str, accepted: dict[str, float], publications: int) -> list[float]:
    """Look for what was accepted until all is found.

    One reader asks for all at once: one word after the other would be waited for by those behind it, and a word that is
    not there yet is looked for with all its typos.
    """
    waits: list[float] = []
    while len(waits) < publications:
        if accepted:
            shown = " ".join(await team.newest(series, len(accepted) + _MORE))
            now = time.perf_counter()
            waits += [now - accepted.pop(word) for word in list(accepted) if word in shown]
        await asyncio.sleep(PAUSE)
    return waits


def at_best(both: Sequence[float], share: float, called: str) -> Limit:
    """A percentile of `commits`."""
    return Limit(f"one PostgreSQL commit + one tantivy commit, {called}", [percentile(both, share) * 1000])


async def _limit(bench: Bench) -> list[float]:
    number = bench.extent.publications * bench.extent.runs
    async with bench.server() as server:
        return await commits(server.maintenance.dsn, bench.data, bench.scratch / "index-copy", number)


async def commits(dsn: str, data: Path, copy: Path, number: int) -> list[float]:
    """Seconds of one commit of PostgreSQL and one of tantivy together, ``number`` times, the shortest first.

    ``data`` is the folder of a process with an index; what is written goes to its ``copy``.
    """
    rows = sorted(await _row_commits(dsn, number))
    return [a + b for a, b in zip(rows, sorted(_index_commits(data, copy, number)), strict=True)]


async def _row_commits(dsn: str, number: int) -> list[float]:
    """Seconds of one transaction that writes one row of the size of a message."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS bench_commit (id bigserial PRIMARY KEY, body text)")
        waits = []
        for _ in range(number):
            began = time.perf_counter()
            await connection.execute("INSERT INTO bench_commit (body) VALUES ($1)", _TEXT)
            waits.append(time.perf_counter() - began)
        return waits
    finally:
        await connection.execute("DROP TABLE IF EXISTS bench_commit")
        await connection.close()


def _index_commits(data: Path, copy: Path, times: int) -> list[float]:
    """Seconds until a document more can be found in an index of the same size, with tantivy alone."""
    shutil.copytree(_live(data), copy)
    index = tantivy.Index.open(str(copy))
    index.config_reader("manual")
    writer = index.writer(heap_size=30_000_000, num_threads=1)
    waits = []
    for number in range(times):
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
