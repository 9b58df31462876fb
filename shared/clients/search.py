"""Client of the search service."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef, ServiceClient


class SearchHit(Answer):
    """One result. The ``_html`` fields are safe to show: escaped text with ``<mark>`` only."""

    id: str
    type: str
    kind: str | None
    language: str
    title: str
    title_html: str
    excerpt: str
    excerpt_html: str
    url: str
    themes: list[str]
    territories: list[str]
    people: list[PersonRef]
    date: datetime


class FacetValue(Answer):
    """How many results have this value."""

    value: str
    count: int


class SearchResults(Answer):
    """A page of results; ``next`` is the cursor of the page after it. It may be shorter than asked for."""

    total: int
    total_is_exact: bool
    hits: list[SearchHit]
    facets: dict[str, list[FacetValue]]
    next: str | None
    correction: str | None = None


class SuggestedTitle(Answer):
    """A title that fits what was typed."""

    id: str
    type: str
    title: str
    title_html: str
    url: str


class Suggestions(Answer):
    """Titles, best first."""

    items: list[SuggestedTitle]


class Similar(Answer):
    """Hits most like one document."""

    items: list[SearchHit]


class SearchClient(ServiceClient):
    """Speaks to ``/api/search``."""

    service = "search"

    async def search(
        self,
        text: str = "",
        *,
        filters: dict[str, list[str]] | None = None,
        since: str | None = None,
        until: str | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> SearchResults:
        """Filters are by facet: type, kind, theme, territory, language, year. Dates are ISO 8601 days."""
        return await self.get(
            SearchResults,
            "/api/search",
            params={
                "q": text,
                **(filters or {}),
                "from": since,
                "to": until,
                "sort": sort,
                "cursor": cursor,
                "limit": limit,
            },
        )

    async def suggest(self, text: str) -> Suggestions:
        """Titles that fit what was typed so far."""
        return await self.get(Suggestions, "/api/search/suggest", params={"q": text})

    async def similar(self, id: str) -> Similar:
        """What resembles a document; empty for an unknown one."""
        return await self.get(Similar, f"/api/search/similar/{id}")
