"""What the search service asks of an index. One conformance suite holds for every adapter.

The index is a projection: it can be thrown away and made again, knows ids only (never the names of
themes, territories or roles), and keeps with every document the ``stamp`` it was made from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

FACETS = ("type", "kind", "theme", "territory", "language", "year")
"""The facets every document can be filtered and counted by; ``year`` is derived from `IndexDocument.date`."""

OWN_FACETS = ("kind", "theme", "territory")
"""Those that a document brings in `IndexDocument.facets`; the others come from its own fields."""

DEEPEST = 10_000
"""How far into the results a query may page."""


def _check_facets(name: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"{name}: unknown {', '.join(unknown)}; known are {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """One public thing that can be found."""

    id: str
    stamp: int
    """The change of the projection it was made from; `SearchIndex.stamps` gives it back for comparison."""
    type: str
    """What it is: ``contribution``, later ``debate``, ``forum``…"""
    language: str
    """ISO 639-1; decides how words are cut to their stems (French, English; others are not stemmed)."""
    title: str
    summary: str
    body: str
    """Plain text, without markup."""
    date: datetime
    people: tuple[str, ...] = ()
    """Display names, searched with the text."""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``kind``, ``theme`` and ``territory`` ids."""

    def __post_init__(self) -> None:
        """Raises ValueError, naming the field, for what no index could keep."""
        if not self.id:
            raise ValueError("id is empty: give the id of the thing that can be found")
        if self.date.tzinfo is None:
            raise ValueError(f"date of document {self.id} has no time zone: give an aware datetime")
        _check_facets(f"facets of document {self.id}", self.facets, OWN_FACETS)


@dataclass(frozen=True, slots=True)
class Upsert:
    """Put the document in place of the one with the same id."""

    document: IndexDocument


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the document out, if it is there."""

    id: str


Change = Upsert | Remove


class Sort(StrEnum):
    """Order of hits. Ties are broken by date (newest first), then id."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. An empty text matches everything.

    All words must match, with accents, inflections and typos forgiven; if no document of the whole index has
    them all, those with the greatest number of them match. ``"quoted words"`` match exactly so, ``-word``
    excludes. The first letter of a word that some document has is never taken for a typo. Filters narrow and
    never change what the words mean.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Facet → accepted values: any within a facet, all across facets. No values, no filter."""
    since: datetime | None = None
    """Inclusive."""
    until: datetime | None = None
    """Exclusive."""
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = FACETS
    prefix: bool = True
    """Whether the last word may be the beginning of a word (as you type)."""

    def __post_init__(self) -> None:
        """Raises ValueError, naming the field and the fix. The text is never refused."""
        if self.offset < 0 or self.limit < 0:
            raise ValueError(f"offset {self.offset} and limit {self.limit} must not be negative")
        if self.offset + self.limit > DEEPEST:
            raise ValueError(
                f"offset {self.offset} + limit {self.limit} goes beyond {DEEPEST} results: narrow the query"
            )
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} has no time zone: give an aware datetime")
        _check_facets("filters", self.filters, FACETS)
        _check_facets("facets", self.facets, FACETS)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. The two html fields are safe to show: escaped text with ``<mark>`` around matches only."""

    id: str
    stamp: int
    score: float
    """Comparable within one query only; 0 when the hits are not sorted by relevance."""
    title_html: str
    excerpt_html: str


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits. Counts of a facet ignore the filter on that facet, so that a reader can widen it."""

    hits: Sequence[Hit]
    total: int
    total_is_exact: bool
    facets: Mapping[str, Mapping[str, int]]
    correction: str | None = None
    """The query with words that no document has put right from the index's own, when there are such words."""
    generation: str = ""
    """The generation that answered; a cursor holds it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A document whose title fits what was typed so far."""

    id: str
    title_html: str
    type: str


class IndexUnavailable(Exception):
    """The index cannot answer now: try again later."""


class SearchIndex(Protocol):
    """A full-text index in generations: one is live, another may be filled beside it and swapped in."""

    shared_by_processes: ClassVar[bool]
    """Whether one process may write it while others read it."""

    async def open(self) -> None:
        """Open or create it. Raises IndexUnavailable, naming what is wrong and the fix.

        One that several processes share opens while its server is away too, and answers when it is back.
        """

    async def close(self) -> None:
        """Let go of files and threads."""

    async def needs_rebuild(self) -> bool:
        """Whether the live generation was started empty by `open`, because there was none, or one of another
        schema or damaged, and not replaced by a rebuild (`begin`, `apply`, `swap`) yet. Survives restarts."""

    async def claim(self) -> None:
        """From now on this object alone writes, whatever process another one is in: what that one still sends has no
        effect, and its next call raises IndexUnavailable.

        Called before the state that is to be written is read: so an older state never comes after a newer one. Who
        lost the index this way claims it again or stops. Without a claim, the first write claims.
        """

    async def apply(self, changes: Sequence[Change], *, generation: str | None = None) -> None:
        """Apply in order and return once every later query sees it and a crash cannot lose it.

        ``generation`` None means the live one. Raises IndexUnavailable; applying again is harmless.
        """

    async def query(self, query: Query) -> Results:
        """Answer from the live generation. Never fails because the index changed between two pages."""

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Titles that fit what was typed: prefixes, accents and typos forgiven, each word in any place."""

    async def similar(self, id: str, limit: int = 5) -> list[Hit]:
        """Documents most like this one, itself excluded; empty if it is not in the index."""

    def stamps(self, *, generation: str | None = None) -> AsyncIterator[tuple[str, int]]:
        """Every (id, stamp) in the index, for comparing with the projection. In no order."""

    async def count(self, *, generation: str | None = None) -> int:
        """How many documents are in it."""

    async def live(self) -> str:
        """The name of the live generation."""

    async def generations(self) -> list[str]:
        """All generations on disk or server, the live one included."""

    async def begin(self, generation: str) -> None:
        """Create an empty generation beside the live one (emptied if a broken-off rebuild left it)."""

    async def swap(self, generation: str) -> None:
        """Make it the live one in a single step that survives a crash either way."""

    async def drop(self, generation: str) -> None:
        """Delete a generation that is not live. Queries under way on it still finish."""
