"""The search index on tantivy, in a folder that one process owns.

The writer lives in a single thread; queries run in a small pool, each on a snapshot of the live generation.
How words match is told in `shared.search_index.tantivy.matching`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TypeVar

import structlog
import tantivy

from shared.search_index.port import (
    DEEPEST,
    Change,
    Hit,
    IndexUnavailable,
    Query,
    Results,
    Sort,
    Suggestion,
    Upsert,
)

from .tantivy.correcting import correction
from .tantivy.generations import Folder, Generation, Outdated
from .tantivy.matching import Filters, match, title_match
from .tantivy.ranking import page
from .tantivy.schema import SCHEMA, from_tantivy, to_tantivy
from .tantivy.similarity import like
from .text.highlighting import Highlighter
from .text.reading import read
from .text.stored import Stored

_MOST_VALUES = 60_000
"""Different values of a facet that are counted; tantivy's own limit of buckets is 65,000."""
_STAMPS_AT_ONCE = 500
_READERS = 2

_Answer = TypeVar("_Answer")
_log = structlog.get_logger(__name__)


class TantivyIndex:
    """`SearchIndex` on tantivy.

    Semantics beyond the port: all words of a query must match; when no document of the whole index has them
    all, those with the greatest number of them are found, and total and facets count the same documents.
    """

    shared_by_processes: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._writing: ThreadPoolExecutor | None = None
        self._reading: ThreadPoolExecutor | None = None
        self._live: Generation | None = None
        self._beside: dict[str, Generation] = {}

    async def open(self) -> None:
        """See `SearchIndex.open`.

        A live generation that is damaged or of another schema is not an error: a new, empty one takes its
        place and `needs_rebuild` says so; the old one stays on disk until dropped.
        """
        if self._live is not None:
            return
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="search-writer")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="search-reader")
        try:
            self._live = await _run(self._writing, self._open)
        except BaseException:
            await self.close()
            raise

    def _open(self) -> Generation:
        self._folder.acquire()
        name = self._folder.current()
        if name is not None:
            try:
                return self._folder.open(name)
            except Outdated as reason:
                _log.warning("search index starts empty and needs a rebuild", reason=str(reason))
        name = f"{datetime.now(UTC):empty-%Y%m%d-%H%M%S-%f}"
        try:
            self._folder.create(name, for_rebuild=False)
            self._folder.record(name)
            return self._folder.open(name)
        except (OSError, ValueError, Outdated) as error:
            raise IndexUnavailable(
                f"search index: {self._folder.path} cannot be written ({error}): see disk space and rights"
            ) from error

    async def close(self) -> None:
        """See `SearchIndex.close`. Changes under way are finished first."""
        writing, reading = self._writing, self._reading
        self._writing = self._reading = None
        if writing is not None:
            await _run(writing, self._close)
            await asyncio.to_thread(writing.shutdown)
        if reading is not None:
            await asyncio.to_thread(reading.shutdown)

    def _close(self) -> None:
        try:
            for generation in (self._live, *self._beside.values()):
                if generation is not None:
                    generation.close()
        finally:
            self._live = None
            self._beside.clear()
            self._folder.release()

    async def needs_rebuild(self) -> bool:
        """See `SearchIndex.needs_rebuild`."""
        return not self._current().begun_for_rebuild

    async def claim(self) -> None:
        """See `SearchIndex.claim`. The folder is this process's alone as long as it is open."""
        self._current()

    async def apply(self, changes: Sequence[Change], *, generation: str | None = None) -> None:
        """See `SearchIndex.apply`. One batch is one commit; raises ValueError for what cannot be indexed."""
        if changes:
            await self._write(lambda: self._apply(changes, generation))

    def _apply(self, changes: Sequence[Change], name: str | None) -> None:
        last: dict[str, tantivy.Document | None] = {}
        for change in changes:
            if isinstance(change, Upsert):
                last[change.document.id] = to_tantivy(change.document)
            else:
                last[change.id] = None
        self._generation(name).write(last)

    async def query(self, query: Query) -> Results:
        """See `SearchIndex.query`."""
        live = self._current()
        return await self._read(lambda: _query(live.searcher, live.name, query))

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """See `SearchIndex.suggest`."""
        searcher = self._current().searcher
        return await self._read(lambda: _suggest(searcher, text, limit))

    async def similar(self, id: str, limit: int = 5) -> list[Hit]:
        """See `SearchIndex.similar`."""
        searcher = self._current().searcher
        return await self._read(lambda: _similar(searcher, id, limit))

    async def stamps(self, *, generation: str | None = None) -> AsyncIterator[tuple[str, int]]:
        """See `SearchIndex.stamps`. Reads one snapshot, some hundred documents at a time."""
        searcher = await self._searcher(generation)
        after: int | None = None
        while True:
            start = after
            known = await self._read(lambda: _stamps(searcher, start))  # noqa: B023 (awaited at once)
            for pair in known:
                yield pair
            if not known:
                return
            after = known[-1][1]

    async def count(self, *, generation: str | None = None) -> int:
        """See `SearchIndex.count`."""
        return (await self._searcher(generation)).num_docs

    async def live(self) -> str:
        """See `SearchIndex.live`."""
        return self._current().name

    async def generations(self) -> list[str]:
        """See `SearchIndex.generations`."""
        self._current()
        return await self._write(self._folder.names)

    async def begin(self, generation: str) -> None:
        """See `SearchIndex.begin`. Raises ValueError for a bad name or that of the live generation."""
        await self._write(lambda: self._begin(generation))

    def _begin(self, name: str) -> None:
        if name == self._current().name:
            raise ValueError(f"generation {name!r} is live: begin another")
        self._let_go(name)
        self._folder.create(name, for_rebuild=True)

    async def swap(self, generation: str) -> None:
        """See `SearchIndex.swap`. Raises ValueError if there is no such generation or it cannot be read."""
        await self._write(lambda: self._swap(generation))

    def _swap(self, name: str) -> None:
        before = self._current()
        if name == before.name:
            return
        after = self._generation(name)
        self._folder.record(name)
        self._beside.pop(name)
        self._live = after
        before.close()

    async def drop(self, generation: str) -> None:
        """See `SearchIndex.drop`. Raises ValueError for the live generation; one that is gone is no error."""
        await self._write(lambda: self._drop(generation))

    def _drop(self, name: str) -> None:
        if name == self._current().name:
            raise ValueError(f"generation {name!r} is live: swap in another before dropping it")
        if name in self._folder.names():
            self._let_go(name)
            self._folder.remove(name)

    def _let_go(self, name: str) -> None:
        generation = self._beside.pop(name, None)
        if generation is not None:
            generation.close()

    def _generation(self, name: str | None) -> Generation:
        """The generation of that name, opened; called in the writing thread."""
        live = self._current()
        if name is None or name == live.name:
            return live
        if name not in self._beside:
            try:
                self._beside[name] = self._folder.open(name)
            except Outdated as reason:
                raise ValueError(f"generation {name!r} cannot be used: {reason}; begin it anew") from reason
        return self._beside[name]

    async def _searcher(self, name: str | None) -> tantivy.Searcher:
        if name is None:
            return self._current().searcher
        return (await self._write(lambda: self._generation(name))).searcher

    def _current(self) -> Generation:
        if self._live is None:
            raise IndexUnavailable("search index: not open; await open() first")
        return self._live

    async def _write(self, work: Callable[[], _Answer]) -> _Answer:
        try:
            return await _run(self._writing, work)
        except OSError as error:
            raise IndexUnavailable(
                f"search index: {self._folder.path} cannot be written ({error}): see disk space and rights"
            ) from error

    async def _read(self, work: Callable[[], _Answer]) -> _Answer:
        return await _run(self._reading, work)


async def _run(executor: Executor | None, work: Callable[[], _Answer]) -> _Answer:
    if executor is None:
        raise IndexUnavailable("search index: not open; await open() first")
    return await asyncio.get_running_loop().run_in_executor(executor, work)


def _query(searcher: tantivy.Searcher, generation: str, query: Query) -> Results:
    reading = read(query.text)
    matched = match(searcher, reading, prefix=query.prefix)
    filters = Filters(query.filters, query.since, query.until)
    narrowed = filters.narrow(matched.query)
    # Without words all score alike: newest first says the same as the tie-break and is found faster.
    sort = Sort.NEWEST if query.sort is Sort.RELEVANCE and not matched.scored else query.sort
    hits, total = page(searcher, narrowed, sort, query.offset, query.limit)
    highlighter = Highlighter(matched.words, matched.phrases)
    return Results(
        hits=[_hit(from_tantivy(searcher, address), score, highlighter) for score, address in hits],
        total=total,
        total_is_exact=True,
        facets=_count(searcher, filters, matched.query, narrowed, query.facets),
        correction=correction(searcher, reading, matched),
        generation=generation,
    )


def _hit(stored: Stored, score: float, highlighter: Highlighter) -> Hit:
    return Hit(stored.id, stored.stamp, score, highlighter.title(stored), highlighter.excerpt(stored))


def _count(
    searcher: tantivy.Searcher,
    filters: Filters,
    query: tantivy.Query,
    narrowed: tantivy.Query,
    facets: Sequence[str],
) -> dict[str, dict[str, int]]:
    """Counts per facet: those without a filter of their own in one go, each other without its filter."""
    counts: dict[str, dict[str, int]] = {}
    together = [facet for facet in facets if facet not in filters.facets]
    if together:
        counts.update(_aggregate(searcher, narrowed, together))
    for facet in facets:
        if facet in filters.facets:
            counts.update(_aggregate(searcher, filters.narrow(query, but=facet), [facet]))
    return {facet: counts[facet] for facet in facets}


def _aggregate(searcher: tantivy.Searcher, query: tantivy.Query, facets: Sequence[str]) -> dict[str, dict[str, int]]:
    asked = {facet: {"terms": {"field": facet, "size": _MOST_VALUES}} for facet in facets}
    answer = searcher.aggregate(query, asked)
    return {
        facet: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer[facet]["buckets"]} for facet in facets
    }


def _suggest(searcher: tantivy.Searcher, text: str, limit: int) -> list[Suggestion]:
    reading = read(text)
    matched = title_match(searcher, reading)
    if limit < 1 or not matched.words:
        return []
    highlighter = Highlighter(matched.words, matched.phrases)
    found = [
        from_tantivy(searcher, address)
        for _score, address in page(searcher, matched.query, Sort.RELEVANCE, 0, min(limit, DEEPEST)).hits
    ]
    return [Suggestion(stored.id, highlighter.title(stored), stored.type) for stored in found]


def _similar(searcher: tantivy.Searcher, id: str, limit: int) -> list[Hit]:
    found = searcher.search(tantivy.Query.term_query(SCHEMA, "id", id), 1).hits
    if not found or limit < 1:
        return []
    query = like(searcher, from_tantivy(searcher, found[0][1]))
    plain = Highlighter.plain()
    return [
        _hit(from_tantivy(searcher, address), score, plain)
        for score, address in page(searcher, query, Sort.RELEVANCE, 0, min(limit, DEEPEST)).hits
    ]


def _stamps(searcher: tantivy.Searcher, after: int | None) -> list[tuple[str, int]]:
    """The next documents by stamp, always with all that share the last stamp."""
    if after is None:
        rest = tantivy.Query.all_query()
    else:
        rest = tantivy.Query.range_query(
            SCHEMA, "stamp", tantivy.FieldType.Integer, lower_bound=after, include_lower=False
        )
    limit = _STAMPS_AT_ONCE
    while True:
        found = searcher.search(rest, limit, order_by_field="stamp", order=tantivy.Order.Asc).hits
        if len(found) < limit:
            break
        whole = [hit for hit in found if hit[0] != found[-1][0]]
        if whole:
            found = whole
            break
        limit *= 4
    return [(str(searcher.doc(address).get_first("id")), int(stamp)) for stamp, address in found]
