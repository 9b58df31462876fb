"""Forums in the sitemap: those to come, and those that are over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from services.web.page import Page
from services.web.section import Address
from services.web.sitemap import PAGES_A_PART
from shared.clients.events import EventsClient

BATCH = 100
"""Forums asked for at a time."""
PARTS = ("coming", "past")


async def parts(page: Page) -> Sequence[str]:
    """A file for each of the two; one without an address would be no sitemap."""
    past = await page.client(EventsClient).page(when="past", limit=1)
    return PARTS if past.items else PARTS[:1]


async def of_part(page: Page, part: str) -> AsyncIterator[Address]:
    """The list, and the forums in it with their programmes. Raises LookupError for another part."""
    if part not in PARTS:
        raise LookupError(part)
    if part == "coming":
        yield Address("/forums")
    client, left = page.client(EventsClient), PAGES_A_PART
    cursor: str | None = None
    while left > 0:
        found = await client.page(when=part, cursor=cursor, limit=min(BATCH, left))
        for one in found.items:
            yield Address(one.url, one.updated_at)
        left -= len(found.items)
        cursor = found.next
        if cursor is None:
            return
