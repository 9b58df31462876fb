"""The search service in memory."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from shared.clients.contributions import (
    Contribution,
)
from shared.clients.search import (
    FacetValue,
    SearchClient,
    SearchHit,
    SearchResults,
    Similar,
    SuggestedTitle,
    Suggestions,
)
from tests.services.web.neighbours.words import plain
from tests.services.web.neighbours.world import World


class OtherHits(list[SearchHit]):
    """What is found besides contributions."""


class FakeSearch(SearchClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://search.invalid")
        self.world = world

    def _published(self) -> list[Contribution]:
        found = [one for one in self.world.contributions.values() if one.state == "published"]
        return sorted(found, key=lambda one: str(one.published_at), reverse=True)

    @staticmethod
    def _mark(text: str, words: list[str]) -> str:
        html = escape(text)
        for word in words:
            at = plain(text).find(word)
            if at >= 0 and html == text:
                return f"{text[:at]}<mark>{text[at : at + len(word)]}</mark>{text[at + len(word) :]}"
        return html

    def _hit(self, one: Contribution, words: list[str]) -> SearchHit:
        assert one.published_at is not None
        return SearchHit(
            id=one.id,
            type="contribution",
            kind=one.kind,
            language=one.language,
            title=one.title,
            title_html=self._mark(one.title, words),
            excerpt=one.summary,
            excerpt_html=self._mark(one.summary, words),
            url=one.url,
            themes=one.themes,
            territories=one.territories,
            people=one.authors,
            date=one.published_at,
        )

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
        self.world.asked("search", "search")
        words = plain(text).split()
        every = [*(self._hit(one, words) for one in self._published()), *self.world.of(OtherHits)]
        texts = [one for one in every if all(word in plain(f"{one.title} {one.excerpt}") for word in words)]
        read: dict[str, Callable[[SearchHit], list[str]]] = {
            "type": lambda one: [one.type],
            "kind": lambda one: [one.kind] if one.kind else [],
            "theme": lambda one: one.themes,
            "territory": lambda one: one.territories,
            "language": lambda one: [one.language],
            "year": lambda one: [str(one.date.year)],
        }

        def fits(one: SearchHit, but: str = "") -> bool:
            return all(set(values) & set(read[facet](one)) for facet, values in (filters or {}).items() if facet != but)

        found = [one for one in texts if fits(one)]
        facets: dict[str, list[FacetValue]] = {}
        for facet, of in read.items():
            counts: dict[str, int] = {}
            for one in texts:
                if fits(one, facet):
                    for value in of(one):
                        counts[value] = counts.get(value, 0) + 1
            facets[facet] = [
                FacetValue(value=value, count=count)
                for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            ]
        start, size = int(cursor or 0), limit or 20
        correction = "énergie" if not found and text.startswith("enrgie") else None
        return SearchResults(
            total=len(found),
            total_is_exact=True,
            hits=found[start : start + size],
            facets=facets,
            next=str(start + size) if start + size < len(found) else None,
            correction=correction,
        )

    async def suggest(self, text: str) -> Suggestions:
        self.world.asked("search", "suggest")
        words = plain(text).split()
        found = [one for one in self._published() if all(word in plain(one.title) for word in words)]
        return Suggestions(
            items=[
                SuggestedTitle(
                    id=one.id,
                    type="contribution",
                    title=one.title,
                    title_html=self._mark(one.title, words),
                    url=one.url,
                )
                for one in found[:8]
            ]
        )

    async def similar(self, id: str) -> Similar:
        self.world.asked("search", "similar")
        return Similar(items=[self._hit(one, []) for one in self._published() if one.id != id][:5])


NEIGHBOUR = (SearchClient, FakeSearch)
