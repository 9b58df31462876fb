"""The search index on a Meilisearch server, which several processes share.

How documents look there is told in `shared.search_index.meilisearch.fields`, how words match in
`shared.search_index.meilisearch.meaning`, and who may write in `shared.search_index.meilisearch.generations`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import structlog

from shared.search_index.port import (
    Change,
    Hit,
    IndexUnavailable,
    Query,
    Results,
    Sort,
    Suggestion,
    Upsert,
)

from .meilisearch.fields import SHOWN, from_meilisearch, key_of, to_meilisearch
from .meilisearch.filters import ALL, Narrowing, one_of
from .meilisearch.generations import Generations, ask_about
from .meilisearch.meaning import Meaning, Sought, counting, in_titles, nearest, understand, weaken
from .meilisearch.server import Meilisearch, Refused
from .meilisearch.similarity import alike
from .text.highlighting import Highlighter
from .text.reading import Reading, read
from .text.stored import Stored
from .text.words import fold, spellings

_STAMPS_AT_ONCE = 5_000
_MOST_BYTES = 20_000_000
"""Of documents sent in one request; the server takes 100 MB unless told otherwise."""
_TRIES = 5
"""How often a question is asked again because the live index moved meanwhile."""
_READ = 12
"""Documents read to see how a word is really written."""
_ORDERS = {
    Sort.NEWEST: ["date:desc", "id:asc"],
    Sort.OLDEST: ["date:asc", "id:asc"],
}

_Answer = TypeVar("_Answer")
_log = structlog.get_logger(__name__)


class _Moved(Exception):
    """The live index is not where we asked."""


class MeilisearchIndex:
    """`SearchIndex` on Meilisearch 1.18 or newer.

    Semantics beyond the port: as on tantivy, but when no document has all words of a query, the eight rarest that some
    document has are weighed; and documents that have a word by its stem only come after those that have it as typed.
    """

    shared_by_processes: ClassVar[bool] = True

    def __init__(self, url: str, key: str | None, base: str, *, deadline: float = 10.0) -> None:
        """``base`` begins the name of every index of ours on the server. ``deadline``: seconds for each call."""
        self._server = Meilisearch(url, key, deadline=deadline)
        self._generations = Generations(self._server, base)
        self._open = False

    async def open(self) -> None:
        """See `SearchIndex.open`."""
        self._open = True
        try:
            await self._generations.prepare()
        except IndexUnavailable as error:
            _log.warning("search index is away; it is asked again when it is needed", why=str(error))

    async def close(self) -> None:
        """See `SearchIndex.close`."""
        self._open = False
        await self._server.close()

    async def needs_rebuild(self) -> bool:
        """See `SearchIndex.needs_rebuild`."""
        self._check_open()
        live = await self._generations.live()
        return not live.is_current or not (live.about or {}).get("begun_for_rebuild")

    async def claim(self) -> None:
        """See `SearchIndex.claim`."""
        self._check_open()
        await self._generations.claim()

    async def apply(self, changes: Sequence[Change], *, generation: str | None = None) -> None:
        """See `SearchIndex.apply`. Raises ValueError for what cannot be indexed."""
        self._check_open()
        last: dict[str, dict[str, Any] | None] = {}
        for change in changes:
            if isinstance(change, Upsert):
                document = to_meilisearch(change.document)
                last[document["key"]] = document
            else:
                last[key_of(change.id)] = None
        if not last:
            return
        uid = await self._generations.writable(generation)
        gone = [key for key, document in last.items() if document is None]
        tasks = [
            await self._server.change("POST", f"/indexes/{uid}/documents", some)
            for some in _in_parts([document for document in last.values() if document is not None])
        ]
        if gone:
            tasks.append(await self._server.change("POST", f"/indexes/{uid}/documents/delete-batch", gone))
        try:
            await self._server.done(*tasks)
        except Refused as error:
            if error.code == "index_not_found":
                raise self._generations.lose() from error
            raise ValueError(f"search index: {error}") from error
        await self._generations.still_ours(uid)

    async def query(self, query: Query) -> Results:
        """See `SearchIndex.query`."""
        reading = read(query.text)
        return await self._ask(lambda uid: self._query(uid, reading, query))

    async def _query(self, uid: str, reading: Reading, query: Query) -> Results:
        if reading.looks_for_nothing:
            about = await self._search(uid, [])
            return Results([], 0, True, {facet: {} for facet in query.facets}, None, about[0]["generation"])
        meaning = await understand(self._server, uid, reading, prefix=query.prefix)
        wrong = [sought for sought in meaning.words if not sought.spelled.known]
        asked = _page(uid, meaning, meaning.filter, query)
        all_words, *answers = await self._search(
            uid, [counting(uid, meaning.filter, meaning.phrasing), *asked, *_as_written(uid, wrong)]
        )
        if len(meaning.words) > 1 and not all_words["estimatedTotalHits"]:
            fewer = await weaken(self._server, uid, meaning)
            answers[: len(asked)] = (await self._search(uid, _page(uid, meaning, fewer, query), told=False))[:]
        about = answers.pop()
        main, *alone = answers[: len(asked)]
        highlighter = Highlighter(meaning.spelled, meaning.phrases)
        scored = meaning.scored and query.sort is Sort.RELEVANCE
        return Results(
            hits=[
                _hit(from_meilisearch(hit), hit["_rankingScore"] if scored else 0.0, highlighter)
                for hit in main["hits"]
            ],
            total=int(main["estimatedTotalHits"]),
            total_is_exact=True,
            facets=_counts(query, main, alone),
            correction=_correction(reading, wrong, answers[len(asked) :]),
            generation=about["generation"],
        )

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """See `SearchIndex.suggest`."""
        reading = read(text)
        return await self._ask(lambda uid: self._suggest(uid, reading, limit))

    async def _suggest(self, uid: str, reading: Reading, limit: int) -> list[Suggestion]:
        meaning = await in_titles(self._server, uid, reading)
        if limit < 1 or not meaning.words:
            return []
        found, _about = await self._search(
            uid,
            [
                {
                    "indexUid": uid,
                    "q": meaning.ranking,
                    "attributesToSearchOn": ["title", "every"],
                    "filter": meaning.filter,
                    "limit": limit,
                    "attributesToRetrieve": SHOWN,
                }
            ],
        )
        highlighter = Highlighter(meaning.spelled, ())
        stored = [from_meilisearch(hit) for hit in found["hits"]]
        return [Suggestion(one.id, highlighter.title(one), one.type) for one in stored]

    async def similar(self, id: str, limit: int = 5) -> list[Hit]:
        """See `SearchIndex.similar`."""
        found = await self._ask(lambda uid: alike(self._server, uid, id, limit))
        plain = Highlighter.plain()
        return [_hit(stored, score, plain) for stored, score in found]

    async def stamps(self, *, generation: str | None = None) -> AsyncIterator[tuple[str, int]]:
        """See `SearchIndex.stamps`. Page after page: who writes meanwhile has some told twice or not at all."""
        self._check_open()
        uid = (await self._generations.named(generation)).uid
        offset = 0
        while True:
            page = await self._documents(uid, offset=offset, limit=_STAMPS_AT_ONCE, fields=["id", "stamp"])
            for one in page["results"]:
                yield one["id"], int(one["stamp"])
            offset += _STAMPS_AT_ONCE
            if offset >= page["total"]:
                return

    async def count(self, *, generation: str | None = None) -> int:
        """See `SearchIndex.count`."""
        self._check_open()
        uid = (await self._generations.named(generation)).uid
        return int((await self._documents(uid, offset=0, limit=0, fields=["id"]))["total"])

    async def _documents(self, uid: str, **asked: Any) -> Any:
        return await self._server.post(f"/indexes/{uid}/documents/fetch", {"filter": ALL, **asked})

    async def live(self) -> str:
        """See `SearchIndex.live`."""
        self._check_open()
        return str((await self._generations.live()).generation)

    async def generations(self) -> list[str]:
        """See `SearchIndex.generations`."""
        self._check_open()
        return sorted({one.generation for one in await self._generations.found() if one.generation is not None})

    async def begin(self, generation: str) -> None:
        """See `SearchIndex.begin`. Raises ValueError for a bad name or that of the live generation."""
        self._check_open()
        await self._generations.begin(generation)

    async def swap(self, generation: str) -> None:
        """See `SearchIndex.swap`. Raises ValueError if there is no such generation or it cannot be read."""
        self._check_open()
        await self._generations.swap(generation)

    async def drop(self, generation: str) -> None:
        """See `SearchIndex.drop`. Raises ValueError for the live generation; one that is gone is no error."""
        self._check_open()
        await self._generations.drop(generation)

    async def _search(self, uid: str, queries: Sequence[Mapping[str, Any]], *, told: bool = True) -> list[Any]:
        """The answers of one index, and last what the index tells about itself (not ``told``: without that).

        Raises _Moved for an index that tells nothing: somebody who had lost the live one made it by writing.
        """
        answers = await self._server.search([*queries, ask_about(uid)])
        about = answers.pop()["hits"]
        if not about:
            raise _Moved
        return [*answers, about[0]] if told else answers

    async def _ask(self, ask: Callable[[str], Awaitable[_Answer]]) -> _Answer:
        """Ask the live index, and again where it is now if it moved."""
        self._check_open()
        for _ in range(_TRIES):
            try:
                return await ask(await self._generations.live_uid())
            except _Moved:
                self._generations.forget()
            except Refused as error:
                if error.code != "index_not_found":
                    raise
                self._generations.forget()
        raise IndexUnavailable("search index: it keeps moving; try again")

    def _check_open(self) -> None:
        if not self._open:
            raise IndexUnavailable("search index: not open; await open() first")


def _in_parts(documents: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for document in documents:
        bytes_ = len(json.dumps(document))
        if part and size + bytes_ > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(document)
        size += bytes_
    if part:
        yield part


def _page(uid: str, meaning: Meaning, filter: str, query: Query) -> list[dict[str, Any]]:
    """The search for the page and the counts, then one for each facet that has a filter, without that filter."""
    narrowing = Narrowing(query.filters, query.since, query.until)
    ranked = meaning.scored and query.sort is Sort.RELEVANCE
    page: dict[str, Any] = {
        "indexUid": uid,
        "q": meaning.ranking if ranked else meaning.phrasing,
        "matchingStrategy": "last",
        "filter": narrowing.narrow(filter),
        "offset": query.offset,
        "limit": query.limit,
        "facets": [facet for facet in query.facets if facet not in narrowing.facets],
        "attributesToRetrieve": SHOWN,
        "showRankingScore": ranked,
    }
    if not ranked:
        # Without words all score alike: newest first says the same as the tie-break.
        page["sort"] = _ORDERS[Sort.NEWEST if query.sort is Sort.RELEVANCE else query.sort]
    alone = [
        {**counting(uid, narrowing.narrow(filter, but=facet), meaning.phrasing), "facets": [facet]}
        for facet in query.facets
        if facet in narrowing.facets
    ]
    return [page, *alone]


def _counts(query: Query, main: Mapping[str, Any], alone: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    counted: dict[str, Mapping[str, int]] = dict(main.get("facetDistribution") or {})
    for answer in alone:
        counted.update(answer["facetDistribution"])
    return {facet: dict(counted.get(facet, {})) for facet in query.facets}


def _hit(stored: Stored, score: float, highlighter: Highlighter) -> Hit:
    return Hit(stored.id, stored.stamp, score, highlighter.title(stored), highlighter.excerpt(stored))


def _as_written(uid: str, wrong: Sequence[Sought]) -> list[dict[str, Any]]:
    """For each word that no document has, the search for documents with the word it was most probably meant to be."""
    return [
        {
            "indexUid": uid,
            "filter": one_of("words", nearest(sought)[:1]),
            "limit": _READ,
            "attributesToRetrieve": SHOWN,
        }
        for sought in wrong
    ]


def _correction(reading: Reading, wrong: Sequence[Sought], answers: Sequence[Mapping[str, Any]]) -> str | None:
    """The query with each word that no document has replaced by the nearest that some have, as it is written there."""
    better: dict[str, str] = {}
    for sought, answer in zip(wrong, answers, strict=True):
        meant = nearest(sought)[:1]
        documents: Counter[str] = Counter()
        for hit in answer["hits"]:
            stored = from_meilisearch(hit)
            texts = (stored.title, stored.summary, stored.body)
            written = {one.lower() for text in texts for one in spellings(text)}
            documents.update(one for one in written if fold(one) in meant)
        if documents:
            better[sought.spelled.word] = min(documents, key=lambda written: (-documents[written], written))
    if not better:
        return None
    text = reading.text
    for start, end, folded in sorted(reading.places, reverse=True):
        if folded in better:
            text = text[:start] + better[folded] + text[end:]
    return text
