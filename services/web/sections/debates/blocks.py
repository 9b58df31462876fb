"""What debates show on pages that sections share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.web.page import Page
from services.web.page_cache.recording import recording
from services.web.sections.debates.reading import WORDS, may_open
from services.web.sections.debates.states import brief, sentence
from shared.clients.contributions import DebatesClient

MOST = 4


async def debated(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """On the front page: what is open, the next to close first; then what is coming."""
    client = page.client(DebatesClient)
    found = (await client.page(phase="open", limit=MOST)).items
    if not found or recording() is not None:
        # A page that is kept has to know when the next one opens.
        coming = (await client.page(phase="scheduled", limit=2)).items
        found = found or coming
    return {"items": found, "brief": brief, **WORDS} if found else None


async def on_contribution(page: Page, contribution: Any) -> Mapping[str, Any] | None:
    """Below a contribution: the debates about it, and the way to open one."""
    if contribution.state != "published":
        return None
    found = (await page.client(DebatesClient).page(contribution=contribution.id, limit=5)).items
    may = may_open(page)
    if not found and not may:
        return None
    return {"items": found, "contribution": contribution, "may_open": may, "brief": brief, **WORDS}


async def mine(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """In my space: what I said, what was hidden of it and why; what waits for a moderator."""
    token = await page.needed_token()
    client = page.client(DebatesClient)
    assert page.visitor is not None
    moderates = page.visitor.has_role("moderator", "admin")
    cursor = page.request.query_params.get("arguments") or None
    said, hidden = await asyncio.gather(
        client.mine(token=token, cursor=cursor, limit=10), client.mine(token=token, hidden=True, limit=10)
    )
    waiting = (await client.reports(token=token, limit=1)).items if moderates else []
    return {
        "said": said,
        "hidden": [] if cursor else hidden.items,
        "asked": bool(cursor),
        "moderates": moderates,
        "waiting": bool(waiting),
        "sentence": sentence,
        **WORDS,
    }
