"""What contributions show on pages that sections share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.web.language import current
from services.web.page import Page
from services.web.sections.contributions.states import sentence
from shared.clients.contributions import ContributionsClient, ContributionSummary

STATES = ("changes_requested", "draft", "submitted", "scheduled", "published", "withdrawn")
MOST = 6
"""Contributions shown on the front page: the lead and those after it."""


async def newest(page: Page, kind: str | None = None, *, most: int = MOST) -> list[ContributionSummary]:
    """The newest ones, those in the language of the page first, since its readers surely read it."""
    client = page.client(ContributionsClient)
    own = await client.page(kind=kind, language=current(), limit=most)
    if len(own.items) == most:
        return own.items
    whatever = await client.page(kind=kind, limit=most)
    known = {one.id for one in own.items}
    return [*own.items, *(one for one in whatever.items if one.id not in known)][:most]


async def _latest(page: Page) -> list[ContributionSummary]:
    return await page.once("latest contributions", lambda: newest(page))


async def lead(page: Page, _subject: Any) -> Mapping[str, Any]:
    """The newest contribution; the template welcomes where there is none."""
    items = await _latest(page)
    return {"contribution": items[0] if items else None}


async def latest(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The ones after the lead; ideas have a column of their own."""
    items = (await _latest(page))[1:]
    return {"items": items} if items else None


async def ideas(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The newest ideas, without what already leads the page."""
    above, found = await asyncio.gather(_latest(page), newest(page, kind="idea"))
    shown = {one.id for one in above}
    items = [one for one in found if one.id not in shown][:4]
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
