"""What contributions show on pages that sections share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from services.web.language import current
from services.web.page import Page
from services.web.sections.contributions.states import sentence
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import ContributionsClient, ContributionSummary

STATES = ("changes_requested", "draft", "submitted", "scheduled", "published", "withdrawn")
MOST = 6
"""Contributions shown on the front page: the lead and those after it."""
WINDOW = 20
"""Contributions among which those in the language of the page are looked for first, with one call."""


async def newest(page: Page, kind: str | None = None, *, most: int = MOST) -> list[ContributionSummary]:
    """The newest ones, those in the language of the page first, since its readers surely read it."""
    client = page.client(ContributionsClient)
    whatever = await client.page(kind=kind, limit=WINDOW)
    own = [one for one in whatever.items if one.language == current()]
    if len(own) < most and whatever.next:
        own = (await client.page(kind=kind, language=current(), limit=most)).items
    known = {one.id for one in own}
    return [*own, *(one for one in whatever.items if one.id not in known)][:most]


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


async def _ideas(page: Page) -> list[ContributionSummary]:
    """The newest ideas, without what stands among the newest contributions."""
    above, found = await asyncio.gather(_latest(page), newest(page, kind="idea"))
    shown = {one.id for one in above}
    return [one for one in found if one.id not in shown]


async def idea(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The newest idea, beside the lead; while it cannot be read the columns say so, and here nothing is missed."""
    with contextlib.suppress(ServiceDown, ServiceProblem):
        items = await page.once("newest ideas", lambda: _ideas(page))
        return {"contribution": items[0]} if items else None
    return None


async def ideas(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The ones after it."""
    items = (await page.once("newest ideas", lambda: _ideas(page)))[1:5]
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
