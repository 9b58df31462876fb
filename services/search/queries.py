"""Every read: the index finds, the projection says what may be seen of it and how it is shown.

The index is asked before the database, so that no connection is held while it works.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from services.search.documents import Document, Seen, seen
from services.search.entity import entities, own_id
from services.search.schemas import (
    FacetCount,
    HitShown,
    PersonShown,
    ResultsShown,
    SearchAsked,
    SimilarShown,
    SuggestionShown,
    SuggestionsShown,
)
from shared.http import paging
from shared.http.problems import UNAVAILABLE, Problem
from shared.search_index.port import DEEPEST, Hit, IndexUnavailable, Query, SearchIndex

_MARK = re.compile(r"</?mark>")

log = structlog.get_logger()


@contextmanager
def _index_answers() -> Iterator[None]:
    """Raises Problem 503 when it does not."""
    try:
        yield
    except IndexUnavailable as error:
        log.warning("index is away", why=str(error))
        raise Problem(UNAVAILABLE, "Search does not answer; try again soon.", headers={"Retry-After": "5"}) from error


async def search(session: AsyncSession, index: SearchIndex, asked: SearchAsked) -> ResultsShown:
    """A page of results. Raises Problem 422 naming ``cursor``, or 503."""
    fingerprint = _fingerprint(asked)
    offset = _offset(asked.cursor, fingerprint)
    query = Query(
        text=asked.q,
        filters=asked.filters,
        since=asked.since,
        until=asked.until,
        sort=asked.sort,
        offset=offset,
        limit=min(asked.limit, DEEPEST - offset),
    )
    with _index_answers():
        results = await index.query(query)
    now = await seen(session, [hit.id for hit in results.hits])
    after = offset + query.limit
    more = after < min(results.total, DEEPEST)
    return ResultsShown(
        total=results.total,
        total_is_exact=results.total_is_exact,
        hits=[_hit(hit, now.documents[hit.id], now.names) for hit in results.hits if hit.id in now.documents],
        facets={name: _counts(values) for name, values in results.facets.items()},
        next=paging.encode([after, results.generation, fingerprint]) if more else None,
        correction=results.correction,
    )


async def suggest(session: AsyncSession, index: SearchIndex, text: str, limit: int) -> SuggestionsShown:
    """Titles that fit what was typed so far. Raises Problem 503."""
    with _index_answers():
        suggestions = await index.suggest(text, limit)
    now = await seen(session, [one.id for one in suggestions])
    return SuggestionsShown(
        items=[
            SuggestionShown(
                id=own_id(one.id),
                type=one.type,
                title=document.found.title,
                title_html=one.title_html if document.settled else html.escape(document.found.title),
                url=document.found.url,
            )
            for one in suggestions
            if (document := now.documents.get(one.id)) is not None
        ]
    )


async def similar(session: AsyncSession, index: SearchIndex, id: str, limit: int) -> SimilarShown:
    """What resembles an entity, by its own id; empty for one that is not to be seen. Raises Problem 503."""
    key = ""
    hits: Sequence[Hit] = ()
    with _index_answers():
        for entity in entities().values():
            if entity.find is not None and not hits:
                key = entity.picture.shown.key(id)
                hits = await index.similar(key, limit)
    now: Seen = await seen(session, [key, *(hit.id for hit in hits)]) if hits else Seen({}, {})
    if key not in now.documents:
        return SimilarShown(items=[])
    return SimilarShown(items=[_hit(hit, now.documents[hit.id], now.names) for hit in hits if hit.id in now.documents])


def _hit(hit: Hit, document: Document, names: Mapping[str, str]) -> HitShown:
    found = document.found
    # Words of a text that was changed or shortened are not shown any more, even while the index has them.
    title_html = hit.title_html if document.settled else html.escape(found.title)
    excerpt_html = hit.excerpt_html if document.settled else html.escape(found.summary)
    return HitShown(
        id=own_id(hit.id),
        type=hit.id.partition(":")[0],
        kind=found.kind,
        language=found.language,
        title=found.title,
        title_html=title_html,
        excerpt=html.unescape(_MARK.sub("", excerpt_html)),
        excerpt_html=excerpt_html,
        url=found.url,
        themes=list(found.themes),
        territories=list(found.territories),
        people=[PersonShown(id=own_id(key), name=names[key]) for key in found.people if key in names],
        date=found.date,
    )


def _counts(values: Mapping[str, int]) -> list[FacetCount]:
    ordered = sorted(values.items(), key=lambda one: (-one[1], one[0]))
    return [FacetCount(value=value, count=count) for value, count in ordered]


def _fingerprint(asked: SearchAsked) -> str:
    """What makes two queries the same one for paging: everything but the page."""
    bounds = [moment.isoformat() if moment else None for moment in (asked.since, asked.until)]
    parts = [asked.q, sorted(asked.filters.items()), bounds, asked.sort]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _offset(cursor: str | None, fingerprint: str) -> int:
    """Where the page begins. A cursor of another generation of the index still says where."""
    place = paging.decode(cursor, 3)
    if place is None:
        return 0
    offset, _generation, of = place
    if type(offset) is not int or not 0 <= offset < DEEPEST or of != fingerprint:
        raise paging.bad_cursor()
    return offset
