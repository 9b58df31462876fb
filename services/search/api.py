"""Search over HTTP: public, thin."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.search import queries
from services.search.schemas import ResultsShown, SearchAsked, SimilarShown, SuggestionsShown, Text
from shared.http.access import Anyone
from shared.http.dependencies import Resources
from shared.http.paging import link_next
from shared.http.problems import UNAVAILABLE, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.search_index.port import SearchIndex

router = service_router()

LIMIT = limited("search", 30_000, 60)
"""Generous: as one types, each letter may ask, and a whole school may have one address."""

SUGGESTIONS = 8
ALIKE = 5
Few = Annotated[int, Query(ge=1, le=20, description="Items at most")]
EntityId = Annotated[str, Path(max_length=180, pattern=r"^[A-Za-z0-9._~-]+$", description="The entity's own id")]


def _index(resources: Resources) -> SearchIndex:
    if resources.index is None:
        raise Problem(UNAVAILABLE, "This process has no index.")
    return resources.index


@router.get("/api/search", dependencies=[LIMIT], summary="Find what is public")
async def search(
    asked: Annotated[SearchAsked, Query()],
    request: Request,
    response: Response,
    session: Session,
    resources: Resources,
    _: Anyone,
) -> ResultsShown:
    """Results with facets, a page at a time, at most 10,000 deep."""
    with resources.metrics.searches.labels("search").time():
        results = await queries.search(session, _index(resources), asked)
    link_next(request, response, results.next)
    return results


@router.get("/api/search/suggest", dependencies=[LIMIT], summary="Titles as one types")
async def suggest(
    session: Session, resources: Resources, _: Anyone, q: Annotated[Text, Query()] = "", limit: Few = SUGGESTIONS
) -> SuggestionsShown:
    """Titles that fit what was typed so far."""
    with resources.metrics.searches.labels("suggest").time():
        return await queries.suggest(session, _index(resources), q, limit)


@router.get("/api/search/similar/{id}", dependencies=[LIMIT], summary="What resembles an entity")
async def similar(id: EntityId, session: Session, resources: Resources, _: Anyone, limit: Few = ALIKE) -> SimilarShown:
    """What resembles an entity; empty for one that is not known or not to be seen."""
    with resources.metrics.searches.labels("similar").time():
        return await queries.similar(session, _index(resources), id, limit)
