"""A person's page: who they are, and what they published."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.addresses import person_path
from services.web.errors import PageRoute
from services.web.page import CurrentPage, Page
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import ContributionPage, ContributionsClient
from shared.clients.identity import IdentityClient

router = APIRouter(route_class=PageRoute)


@router.get("/personnes/{id:uuid}")
@router.get("/personnes/{id:uuid}/{slug}")
async def person(page: CurrentPage, id: UUID, cursor: str = "") -> Response:
    """One person at their canonical address; others lead there."""
    profile, found = await asyncio.gather(
        page.client(IdentityClient).profile(str(id)), _contributions(page, str(id), cursor)
    )
    canonical = person_path(profile)
    if page.path != canonical:
        # Names change, so that browsers must not keep it for ever.
        return page.go(page.href(canonical, cursor=cursor), status=307)
    return await page.render("people/person.html", profile=profile, found=found, is_first=not cursor)


async def _contributions(page: Page, id: str, cursor: str) -> ContributionPage | None:
    """What they published, newest first; None while that cannot be said."""
    try:
        return await page.client(ContributionsClient).page(author=id, cursor=cursor or None)
    except ServiceProblem as problem:
        if problem.status < 500:
            raise
    except ServiceDown:
        pass
    return None
