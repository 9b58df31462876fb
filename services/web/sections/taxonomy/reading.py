"""All themes, all territories, and the page of each one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.page import CurrentPage, Page
from services.web.sections.taxonomy.collections import BOTH, Words
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import ContributionsClient
from shared.clients.search import FacetValue, SearchClient

log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)

Facets = Mapping[str, Sequence[FacetValue]]


def _pages(words: Words) -> None:
    """The page of all themes or territories, with how much there is to read on each, and the page of each."""

    @router.get(words.path)
    async def index(page: CurrentPage) -> Response:
        return await _index(page, words)

    @router.get(words.path + "/{id}")
    async def one(page: CurrentPage, id: str, cursor: str = "") -> Response:
        return await _one(page, words, id, cursor)


for _words in BOTH:
    _pages(_words)


async def _index(page: Page, words: Words) -> Response:
    if not (await page.site.names.read()).heard:
        raise ServiceDown(ContributionsClient.service, "no names were heard yet")
    facets = await _facets(page, {})
    return await page.render(
        "taxonomy/index.html", words=words, counts=_counts(facets, words.facet), uncounted=facets is None
    )


async def _one(page: Page, words: Words, id: str, cursor: str) -> Response:
    client = page.client(ContributionsClient)
    try:
        label = await client.label(words.collection, id)
    except ServiceProblem as problem:
        moved_to = problem.extra.get("moved_to")
        if problem.status != 410 or not isinstance(moved_to, str):
            raise
        return page.go(page.href(f"{words.path}/{moved_to}"), status=301)
    chosen: dict[str, Any] = {words.facet: id}
    found, facets, others = await asyncio.gather(
        client.page(**chosen, cursor=cursor or None),
        _facets(page, {words.facet: [id]}),
        _facets(page, {}) if words.is_tree else _nothing(),
    )
    return await page.render(
        "taxonomy/label.html",
        words=words,
        label=label,
        found=found,
        is_first=not cursor,
        kinds=_counts(facets, "kind"),
        counts=_counts(others, words.facet),
        uncounted=facets is None,
    )


async def _facets(page: Page, filters: dict[str, list[str]]) -> Facets | None:
    """Counts of contributions are search's; while it is away the pages do without them."""
    try:
        return (await page.client(SearchClient).search(filters={"type": ["contribution"], **filters}, limit=1)).facets
    except (ServiceDown, ServiceProblem) as error:
        log.warning("no counts", error=str(error))
        return None


async def _nothing() -> None:
    return None


def _counts(facets: Facets | None, name: str) -> dict[str, int]:
    return {one.value: one.count for one in facets.get(name, [])} if facets else {}
