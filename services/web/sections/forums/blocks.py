"""What forums show on pages that sections share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.web.page import Page
from services.web.sections.forums import times
from services.web.sections.forums.access import ROLES
from services.web.sections.forums.states import is_over, sentence
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, ForumSummary, Places

ON_HOME = 4
WATCHED = 8
"""Forums of an organizer whose registrations are told in my space; the others are in their lists."""


async def coming(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The next forums."""
    found = await page.client(EventsClient).page(when="coming", limit=ON_HOME)
    return {"items": found.items, "times": times} if found.items else None


async def registrations(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """Where I am registered, or wait; with ``inscriptions`` in the address, further ones."""
    token = await page.needed_token()
    cursor = page.request.query_params.get("inscriptions") or None
    found = await page.client(EventsClient).own_registrations(token=token, cursor=cursor)
    return {"found": found, "is_first": cursor is None, "times": times, "is_over": is_over}


async def organized(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """For organizers: my forums, and what waits in each; with ``forums`` in the address, further ones."""
    if page.visitor is None or not page.visitor.has_role(*ROLES):
        return None
    token = await page.needed_token()
    cursor = page.request.query_params.get("forums") or None
    client = page.client(EventsClient)
    found = await client.page(token=token, mine=True, when="any", state="any", cursor=cursor)

    async def places(forum: ForumSummary) -> Places | None:
        try:
            return await client.places(forum.id, token=token)
        except (ServiceDown, ServiceProblem):
            return None

    open_ = [one for one in found.items if one.state == "published" and not is_over(one)][:WATCHED]
    told = dict(zip([one.id for one in open_], await asyncio.gather(*map(places, open_)), strict=True))
    return {"found": found, "places": told, "is_first": cursor is None, "sentence": sentence, "times": times}
