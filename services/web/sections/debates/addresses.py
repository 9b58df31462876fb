"""Debates in the sitemap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from services.web.page import Page
from services.web.section import Address
from services.web.sitemap import PAGES_A_PART
from shared.clients.contributions import DebatesClient

BATCH = 100
"""Debates asked for at a time."""
PART = "debates"


async def parts(_page: Page) -> Sequence[str]:
    """One file; the list is always in it."""
    return (PART,)


async def of_part(page: Page, part: str) -> AsyncIterator[Address]:
    """The list, and the newest debates. Raises LookupError for another part."""
    if part != PART:
        raise LookupError(part)
    yield Address("/debats")
    client, left = page.client(DebatesClient), PAGES_A_PART - 1
    cursor: str | None = None
    while left > 0:
        found = await client.page(cursor=cursor, limit=min(BATCH, left))
        for one in found.items:
            yield Address(one.url, one.updated_at)
        left -= len(found.items)
        cursor = found.next
        if cursor is None:
            return
