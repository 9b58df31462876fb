"""Search over ten thousand to a million documents, and the rebuild of their index while people search.

The documents are put into the projection of the platform as if they had been told, and its own projector builds the
index. Beside it stand the engine alone (the adapter on a copy of the index: no HTTP, no check of what may be seen),
tantivy alone, and PostgreSQL's own full text over the same documents.
"""

from __future__ import annotations

import asyncio
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import asyncpg
import tantivy
import uvloop

from services.registry import SERVICES
from services.search.entities.contribution import ENTITY
from shared.contracts.contributions import ContributionPublished
from shared.projection import index_tasks
from shared.projection.projector import BATCH
from shared.runtime.wiring import Wiring
from shared.search_index.port import IndexDocument, Query
from shared.search_index.tantivy.schema import SCHEMA, to_tantivy
from shared.search_index.tantivy_index import TantivyIndex
from shared.settings import Settings
from shared.storage.database import Database
from tests.bench.bench import Bench
from tests.bench.corpus import Corpus, corpus
from tests.bench.load import ask_each
from tests.bench.table import MILLISECONDS, PER_SECOND, Limit, Row, percentile

PATIENCE = 3600.0
"""Seconds that a rebuild, or making PostgreSQL's full text, may take."""
SMALLEST = 10_000
SHARES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))

_COPY = ("id", "epoch", "ordinal", "refs", "visible", "rooted", "state")
_FULL_TEXT = """
    CREATE TABLE full_text AS
    SELECT id, state->>'kind' AS kind, state->'themes'->>0 AS theme,
        setweight(to_tsvector('bench_french', state->>'title'), 'A')
        || setweight(to_tsvector('bench_french', state->>'summary'), 'B')
        || to_tsvector('bench_french', state->>'text') AS words
    FROM document WHERE id LIKE 'contribution:%' AND visible
"""
_FIND = """
    SELECT id FROM full_text, to_tsquery('bench_french', $1) q
    WHERE words @@ q{} ORDER BY ts_rank(words, q) DESC, id LIMIT 20
"""


@dataclass(frozen=True)
class _Asked:
    """A way of asking, with a query for each word of the corpus."""

    name: str
    queries: Sequence[Query]
    for_postgres: tuple[str, Sequence[str]] | None
    """The condition beside the words, and what to_tsquery gets; None for what full text cannot do."""

    def paths(self) -> list[str]:
        """The same queries as addresses of the API."""
        return [
            "/api/search?"
            + urlencode({"q": one.text, **{name: list(v) for name, v in one.filters.items()}}, doseq=True)
            for one in self.queries
        ]


def among(documents: int) -> Callable[[Bench], Iterator[Row]]:
    """The measure among so many documents; those of a smaller one before it stay."""

    def rows(bench: Bench) -> Iterator[Row]:
        most = bench.extent.documents
        if documents > max(most, SMALLEST):
            return  # a quick round has the smallest alone, and that smaller still
        size = min(documents, most)
        bench.say(f"{size:,} documents with real word frequencies: the projection is filled")
        texts = corpus()
        uvloop.run(_fill(bench, texts, size))
        yield from _rebuilt(bench, texts, size)
        yield from _searched(bench, texts, size)

    return rows


@asynccontextmanager
async def _database(bench: Bench) -> AsyncIterator[Database]:
    wiring = Wiring(Settings(data_dir=bench.data), SERVICES)
    async with bench.server() as server:
        database = wiring.database(server, "search")
        try:
            yield database
        finally:
            await database.close()


async def _fill(bench: Bench, texts: Corpus, size: int) -> None:
    async with _database(bench) as database:
        connection = await database.connect()
        try:
            known = await connection.fetchval("SELECT count(*) FROM document WHERE id LIKE $1", f"{texts.keys}%")
            for first in range(known, size, 10_000):
                lines = [
                    f"{key}\t1\t1\t{{}}\tt\tt\t{_escaped(state)}\n".encode()
                    for key, state in texts.rows(first, min(10_000, size - first))
                ]
                await connection.copy_to_table("document", source=_stream(lines), columns=_COPY, format="text")
            await connection.execute("ANALYZE document", timeout=PATIENCE)
        finally:
            await connection.close()


def _escaped(state: str) -> str:
    """As COPY reads text (https://www.postgresql.org/docs/current/sql-copy.html)."""
    return state.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


async def _stream(lines: Sequence[bytes]) -> AsyncIterator[bytes]:
    for line in lines:
        yield line


def _rebuilt(bench: Bench, texts: Corpus, size: int) -> Iterator[Row]:
    """Once for each size: what takes minutes is not done five times."""
    bench.say(f"{size:,} documents: the index is built again while people search")
    seconds, answered = uvloop.run(_rebuild(bench, texts))
    alone = _tantivy_alone(bench, texts, size)
    yield Row(
        f"rebuild of {size:,} documents, {answered:,} searches answered meanwhile, none failed",
        PER_SECOND,
        [size / seconds],
        Limit(f"tantivy alone, batches of {BATCH}", [size / alone]),
    )


async def _rebuild(bench: Bench, texts: Corpus) -> tuple[float, int]:
    """Seconds it took, and how many searches were answered meanwhile. Any that fails is raised."""
    paths = [f"/api/search?{urlencode({'q': word})}" for word in texts.words]
    answered = 0
    async with _database(bench) as database, aiohttp.ClientSession(f"http://127.0.0.1:{bench.platform.port}") as http:

        async def read() -> None:
            nonlocal answered
            while True:
                async with http.get(paths[answered % len(paths)]) as response:
                    response.raise_for_status()
                    await response.read()
                answered += 1
                # A reader, not a load: what is measured is the rebuild.
                await asyncio.sleep(0.1)

        began = time.perf_counter()
        async with database.transaction() as session:
            task = await index_tasks.ask(session, "rebuild")
        reading = asyncio.create_task(read())
        async with asyncio.timeout(PATIENCE):
            while not await _finished(database, task):
                if reading.done():
                    break
                await asyncio.sleep(0.05)
        seconds = time.perf_counter() - began
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        return seconds, answered


async def _finished(database: Database, id: int) -> bool:
    async with database.transaction() as session:
        task = await index_tasks.find(session, id)
    return task is not None and task.finished_at is not None


def _tantivy_alone(bench: Bench, texts: Corpus, size: int) -> float:
    """Seconds in which tantivy writes the same documents, made beforehand, in the same batches."""
    folder = bench.scratch / f"alone-{size}"
    folder.mkdir()
    index = tantivy.Index(SCHEMA, path=str(folder))
    writer = index.writer(heap_size=30_000_000, num_threads=1)
    seconds = 0.0
    for first in range(0, size, BATCH):
        documents = [_document(texts.contribution(n)) for n in range(first, min(first + BATCH, size))]
        began = time.perf_counter()
        for one in documents:
            writer.add_document(to_tantivy(one))
        writer.commit()
        seconds += time.perf_counter() - began
    began = time.perf_counter()
    writer.wait_merging_threads()
    seconds += time.perf_counter() - began
    shutil.rmtree(folder)
    return seconds


def _document(one: ContributionPublished) -> IndexDocument:
    assert ENTITY.find is not None
    found = ENTITY.find(one)
    return IndexDocument(
        id=one.key(one.id),
        stamp=1,
        type=one.ENTITY,
        language=found.language,
        title=found.title,
        summary=found.summary,
        body=found.body,
        date=found.date,
        facets={"kind": (one.kind,), "theme": one.themes, "territory": one.territories},
    )


def _searched(bench: Bench, texts: Corpus, size: int) -> Iterator[Row]:
    bench.say(f"{size:,} documents: searches")
    copy = bench.scratch / f"engine-{size}"
    shutil.copytree(bench.data / "index" / "search", copy, ignore=shutil.ignore_patterns("*.lock"))
    asked = list(_ways(texts))
    engine, postgres = uvloop.run(_beside(bench, copy, asked))
    shutil.rmtree(copy)
    for way in asked:
        runs = [ask_each(bench.platform.port, way.paths()).waits for _ in range(bench.extent.runs)]
        name = f"search API, {size:,} documents, {way.name}"
        for share, called in SHARES:
            waits = [percentile(run, share) * 1000 for run in runs]
            alone = [percentile(run, share) * 1000 for run in engine[way.name]]
            yield Row(f"{name}, {called}", MILLISECONDS, waits, Limit(f"the engine alone, {called}", alone))
        if way.name in postgres:
            beside = [percentile(run, 0.5) * 1000 for run in postgres[way.name]]
            limit = Limit("PostgreSQL full text, the best 20 without count, facets and excerpts, p50", beside)
            yield Row(f"{name}, p50", MILLISECONDS, [percentile(run, 0.5) * 1000 for run in runs], limit)


def _ways(texts: Corpus) -> Iterator[_Asked]:
    words = texts.words
    plain = [_plain(word) for word in words]
    pairs = list(zip(words, words[1:] + words[:1], strict=True))
    yield _Asked("one word", [Query(text=word) for word in words], ("", plain))
    yield _Asked(
        "two words",
        [Query(text=f"{a} {b}") for a, b in pairs],
        ("", [f"{_plain(a)} & {_plain(b)}" for a, b in pairs]),
    )
    yield _Asked("a typo", [Query(text=_mistyped(word)) for word in words], None)
    yield _Asked(
        "a prefix", [Query(text=word[:5]) for word in words], ("", [f"{_plain(word)[:5]}:*" for word in words])
    )
    narrowed: Mapping[str, tuple[str, ...]] = {"theme": ("mobility",), "kind": ("study",)}
    yield _Asked(
        "one word, two facets chosen",
        [Query(text=word, filters=narrowed) for word in words],
        (" AND theme = 'mobility' AND kind = 'study'", plain),
    )


def _plain(word: str) -> str:
    """Without accents, as the full text of the bench is."""
    return "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))


def _mistyped(word: str) -> str:
    """Two letters of its middle in each other's place."""
    middle = len(word) // 2
    return word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :]


_Waits = dict[str, list[list[float]]]


async def _beside(bench: Bench, copy: Path, asked: Sequence[_Asked]) -> tuple[_Waits, _Waits]:
    """Seconds of each query, by way and run: of the engine alone, and of PostgreSQL."""
    index = TantivyIndex(copy)
    await index.open()
    engine: _Waits = {}
    for way in asked:
        engine[way.name] = [
            [await _timed(partial(index.query, query)) for query in way.queries] for _ in range(bench.extent.runs)
        ]
    await index.close()
    postgres: _Waits = {}
    async with _database(bench) as database:
        connection = await database.connect()
        try:
            await _make_full_text(connection)
            for way in asked:
                if way.for_postgres is None:
                    continue
                condition, queries = way.for_postgres
                statement = await connection.prepare(_FIND.format(condition))
                postgres[way.name] = [
                    [await _timed(partial(statement.fetch, query, timeout=PATIENCE)) for query in queries]
                    for _ in range(bench.extent.runs)
                ]
        finally:
            await connection.execute("DROP TABLE IF EXISTS full_text")
            await connection.close()
    return engine, postgres


async def _make_full_text(connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = 'bench_french')"):
        await connection.execute("CREATE TEXT SEARCH CONFIGURATION bench_french (COPY = french)")
        await connection.execute(
            "ALTER TEXT SEARCH CONFIGURATION bench_french ALTER MAPPING FOR hword, hword_part, word"
            " WITH unaccent, french_stem"
        )
    await connection.execute("DROP TABLE IF EXISTS full_text")
    for statement in (_FULL_TEXT, "CREATE INDEX ON full_text USING gin (words)", "ANALYZE full_text"):
        await connection.execute(statement, timeout=PATIENCE)


async def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    await do()  # type: ignore[misc]
    return time.perf_counter() - began
