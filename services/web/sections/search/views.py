"""Searching, and suggestions as one types."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from services.web.entity_words import EntityWords
from services.web.errors import PageRoute
from services.web.language import current
from services.web.page import CurrentPage
from services.web.sections.search.asked import FACET_NAMES, FACETS, LONGEST, SORTS, Asked
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.search import FacetValue, SearchClient, SearchResults

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class Facet:
    """A facet as it is offered: chosen values are there even when nothing has them."""

    name: str
    label: str
    values: list[FacetValue]


@router.get("/recherche")
async def search(page: CurrentPage) -> Response:
    """Results for what the address asks. While search is away the form stays, with what was asked."""
    asked = Asked.of(page.request.query_params).now((await page.site.names.read()).current)
    errors = asked.errors()
    results: SearchResults | None = None
    is_down = False
    if not errors:
        try:
            results = await page.client(SearchClient).search(
                asked.text,
                filters=asked.chosen,
                since=asked.since or None,
                until=asked.until or None,
                sort=asked.sort or None,
                cursor=asked.cursor or None,
            )
        except ServiceDown:
            is_down = True
        except ServiceProblem as problem:
            if problem.status >= 500:
                is_down = True
            elif problem.status in (400, 422):
                errors = {error.field.rpartition(".")[2]: error.message for error in problem.errors} or {
                    "q": problem.detail or problem.title
                }
            else:
                raise
    status = 503 if is_down else 422 if errors else 200
    return await page.render(
        "search/search.html",
        status=status,
        headers={"Retry-After": "30"} if is_down else None,
        asked=asked,
        errors=errors,
        results=results,
        is_down=is_down,
        facets=_facets(asked, results, page.site.words),
        facet_names=FACET_NAMES,
        sorts=SORTS,
    )


@router.get("/recherche/suggestions")
async def suggestions(page: CurrentPage, q: str = "") -> Response:
    """Titles that fit what was typed, as options of a list box; none while search is away."""
    text = " ".join(q.split())[:LONGEST]
    items = []
    if text:
        try:
            items = (await page.client(SearchClient).suggest(text)).items[:8]
        except (ServiceDown, ServiceProblem):
            items = []
    html = page.site.templates.get_template("search/suggestions.html").render(page=page, items=items)
    return HTMLResponse(html, headers={"Cache-Control": "private, max-age=30", "Content-Language": current()})


def _facets(asked: Asked, results: SearchResults | None, words: EntityWords) -> list[Facet]:
    """Values that no section has a word for are not offered; a single type is no choice."""
    facets: list[Facet] = []
    for name in FACETS:
        found = [one for one in results.facets.get(name, []) if _can_be_said(name, one, words)] if results else []
        known = {one.value for one in found}
        chosen = [FacetValue(value=one, count=0) for one in asked.chosen.get(name, []) if one not in known]
        if name == "year":
            found.sort(key=lambda one: one.value, reverse=True)
        if name == "type" and len(found) == 1 and not asked.chosen.get(name):
            continue
        if found or chosen:
            facets.append(Facet(name, FACET_NAMES[name], [*chosen, *found]))
    return facets


def _can_be_said(facet: str, one: FacetValue, words: EntityWords) -> bool:
    match facet:
        case "type":
            return bool(words.type(one.value))
        case "kind":
            return bool(words.kind_of_any(one.value))
        case _:
            return True
