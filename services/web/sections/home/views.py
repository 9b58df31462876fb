"""The front page."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.page import CurrentPage
from services.web.section import Place

router = APIRouter(route_class=PageRoute)


@router.get("/")
async def home(page: CurrentPage) -> Response:
    """Lay all blocks at once; each may fail alone."""
    await page.token_if_possible()
    leads, aside, columns = await asyncio.gather(
        page.blocks(Place.HOME_LEAD), page.blocks(Place.HOME_ASIDE), page.blocks(Place.HOME_COLUMN)
    )
    page.keep()
    return await page.render("home/home.html", leads=leads[:1], aside=aside, columns=columns)
