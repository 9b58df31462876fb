"""What search shows on pages that sections share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.web.page import Page
from shared.clients.contributions import Contribution
from shared.clients.search import SearchClient


async def field(_page: Page, _subject: Any) -> Mapping[str, Any]:
    """The search field; it needs no service."""
    return {}


async def themes(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """How much there is to read by theme and by territory."""
    found = await page.client(SearchClient).search(filters={"type": ["contribution"]}, limit=1)
    themes, territories = found.facets.get("theme", []), found.facets.get("territory", [])
    if not themes and not territories:
        return None
    return {"themes": themes[:8], "territories": territories[:6]}


async def similar(page: Page, contribution: Contribution) -> Mapping[str, Any] | None:
    """What resembles a published contribution."""
    if contribution.state != "published":
        return None
    items = (await page.client(SearchClient).similar(contribution.id)).items
    return {"items": items[:4]} if items else None
