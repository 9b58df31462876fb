"""What contributions show on pages that sections share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.web.page import Page
from services.web.sections.contributions.states import sentence
from shared.clients.contributions import ContributionPage, ContributionsClient

STATES = ("draft", "submitted", "published", "withdrawn")


async def _latest(page: Page) -> ContributionPage:
    return await page.once("latest contributions", lambda: page.client(ContributionsClient).page(limit=6))


async def lead(page: Page, _subject: Any) -> Mapping[str, Any]:
    """The newest contribution; the template welcomes where there is none."""
    items = (await _latest(page)).items
    return {"contribution": items[0] if items else None}


async def latest(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The ones after the lead; ideas have a column of their own."""
    items = (await _latest(page)).items[1:]
    return {"items": items[:5]} if items else None


async def ideas(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The newest ideas, without what already leads the page."""
    newest, found = await asyncio.gather(_latest(page), page.client(ContributionsClient).page(kind="idea", limit=6))
    shown = {one.id for one in newest.items}
    items = [one for one in found.items if one.id not in shown][:4]
    return {"items": items} if items else None


async def invitation(_page: Page, _subject: Any) -> Mapping[str, Any]:
    """The way to the editor."""
    return {}


async def mine(page: Page, _subject: Any) -> Mapping[str, Any]:
    """My contributions by state; with ``etat`` and ``cursor`` in the address, further ones of one state."""
    token = await page.needed_token()
    assert page.visitor is not None
    author = page.visitor.person
    asked = page.request.query_params.get("etat", "")
    cursor = page.request.query_params.get("cursor") or None
    states = (asked,) if asked in STATES else STATES
    client = page.client(ContributionsClient)
    pages = await asyncio.gather(
        *(client.page(token=token, state=state, author=author, cursor=cursor if asked else None) for state in states)
    )
    return {
        "groups": list(zip(states, pages, strict=True)),
        "asked": asked if asked in STATES else "",
        "sentence": sentence,
    }
