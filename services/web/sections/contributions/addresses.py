"""Contributions in the sitemap: part after part, in the order of their ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from services.web.page import Page
from services.web.section import Address
from services.web.sitemap import PAGES_A_PART
from shared.clients.contributions import ContributionsClient

BATCH = 1000
"""Addresses asked for at a time."""
LISTS = "listes"
"""The part that holds what is no contribution."""


async def parts(page: Page) -> Sequence[str]:
    """The lists, then the id each part begins with."""
    found = await page.client(ContributionsClient).address_parts(PAGES_A_PART)
    return [LISTS, *found.starts]


async def of_part(page: Page, part: str) -> AsyncIterator[Address]:
    """The contributions from one id on, as many as a part holds. Raises LookupError for what is no id."""
    if part == LISTS:
        yield Address("/contributions")
        return
    try:
        start: str | None = str(UUID(part))
    except ValueError:
        raise LookupError(part) from None
    client, left = page.client(ContributionsClient), PAGES_A_PART
    while start and left:
        found = await client.addresses(start=start, limit=min(BATCH, left))
        for one in found.items:
            yield Address(one.url, one.updated_at)
        left -= len(found.items)
        start = found.next if found.items else None
