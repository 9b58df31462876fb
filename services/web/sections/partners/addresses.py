"""Calls, organizations and demonstrators in the sitemap: a file for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from services.web.page import Page
from services.web.section import Address
from services.web.sitemap import PAGES_A_PART
from shared.clients.partners import CallPage, DemonstratorPage, OrganizationPage, PartnersClient

BATCH = 100
"""Addresses asked for at a time."""
LISTS = {"calls": "/appels", "organizations": "/organisations", "demonstrators": "/demonstrateurs"}


async def parts(_page: Page) -> Sequence[str]:
    """A file for each sort."""
    return list(LISTS)


async def of_part(page: Page, part: str) -> AsyncIterator[Address]:
    """The list, and what is in it. Raises LookupError for another part."""
    if part not in LISTS:
        raise LookupError(part)
    yield Address(LISTS[part])
    left, cursor = PAGES_A_PART, None
    while left > 0:
        found = await _some(page, part, cursor, min(BATCH, left))
        for one in found.items:
            yield Address(one.url, one.updated_at)
        left -= len(found.items)
        cursor = found.next
        if cursor is None:
            return


async def _some(
    page: Page, part: str, cursor: str | None, limit: int
) -> CallPage | OrganizationPage | DemonstratorPage:
    client = page.client(PartnersClient)
    match part:
        case "calls":
            return await client.calls(cursor=cursor, limit=limit)
        case "organizations":
            return await client.organizations(cursor=cursor, limit=limit)
        case _:
            return await client.demonstrators(cursor=cursor, limit=limit)
