"""Themes and territories in the sitemap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from services.web.page import Page
from services.web.section import Address
from services.web.sections.taxonomy.collections import BOTH
from shared.clients.contributions import ContributionsClient


async def parts(_page: Page) -> Sequence[str]:
    """A file for each of the two."""
    return [words.collection for words in BOTH]


async def of_part(page: Page, part: str) -> AsyncIterator[Address]:
    """Their index and their pages. Raises LookupError for another part."""
    words = next((one for one in BOTH if one.collection == part), None)
    if words is None:
        raise LookupError(part)
    client = page.client(ContributionsClient)
    found = await (client.themes() if words.collection == "themes" else client.territories())
    yield Address(words.path)
    for one in found.items:
        yield Address(f"{words.path}/{one.id}")
