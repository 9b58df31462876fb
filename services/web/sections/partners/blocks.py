"""What partners show on pages that sections share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.web.language import current
from services.web.page import Page
from services.web.page_cache.recording import recording
from services.web.sections.partners import sentences, times
from services.web.sections.partners.access import ORGANIZERS, REVIEWERS
from services.web.sections.partners.words import REVIEW_STATES, STATES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.partners import CallSummary, PartnersClient

ON_HOME = 2
WATCHED = 8
"""Calls of an organizer whose applications are counted in my space."""


async def open_calls(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """What one can answer now: those in the language of the page first, what closes soonest before the others."""
    client = page.client(PartnersClient)
    found = (await client.calls(phase="open")).items
    if recording() is not None:
        # A page that is kept has to know when the next one opens.
        await client.calls(phase="coming", limit=100)

    def order(one: CallSummary) -> tuple[bool, bool, float]:
        deadline = one.deadline.timestamp() if one.deadline else 0.0
        return one.language != current(), one.deadline is None, deadline

    shown = sorted(found, key=order)[:ON_HOME]
    return {"items": shown, "times": times, "sentence": sentences.of_call} if shown else None


async def running(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """The newest demonstrators."""
    found = await page.client(PartnersClient).demonstrators(limit=4)
    return {"items": found.items, "sentence": sentences.of_demonstrator} if found.items else None


async def mine(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """My organizations, our applications and partnerships; nothing for who has none and is no partner."""
    token, client = await page.needed_token(), page.client(PartnersClient)
    cursor = page.request.query_params.get("candidatures") or None
    organizations, applications, partnerships = await asyncio.gather(
        client.my_organizations(token=token, limit=50),
        client.my_applications(token=token, cursor=cursor),
        client.partnerships(token=token),
    )
    assert page.visitor is not None
    has_any = organizations.items or applications.items or partnerships.items
    if not has_any and not cursor and not page.visitor.has_role("partner"):
        return None
    return {
        "organizations": organizations.items,
        "applications": applications,
        "partnerships": partnerships.items,
        "is_first": cursor is None,
        "sentence": sentences.of_application,
        "organization_sentence": sentences.of_organization,
    }


async def reviews(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """For reviewers: what waits for them."""
    if page.visitor is None or not page.visitor.has_role(*REVIEWERS):
        return None
    found = await page.client(PartnersClient).my_reviews(token=await page.needed_token())
    waiting = [one for one in found.items if one.state != "submitted"]
    return {"waiting": waiting, "done": len(found.items) - len(waiting), "states": REVIEW_STATES}


async def called(page: Page, _subject: Any) -> Mapping[str, Any] | None:
    """For organizers: my calls, and how many applications are where; with ``appels`` in the address, further ones."""
    if page.visitor is None or not page.visitor.has_role(*ORGANIZERS):
        return None
    token, client = await page.needed_token(), page.client(PartnersClient)
    cursor = page.request.query_params.get("appels") or None
    found = await client.calls(token=token, mine=True, cursor=cursor)

    async def counts(call: CallSummary) -> Mapping[str, int]:
        try:
            return (await client.application_counts(call.id, token=token)).counts
        except (ServiceDown, ServiceProblem):
            return {}

    watched = [one for one in found.items if one.state in ("published", "closed")][:WATCHED]
    told = dict(zip([one.id for one in watched], await asyncio.gather(*map(counts, watched)), strict=True))
    return {
        "found": found,
        "counts": told,
        "states": STATES,
        "is_first": cursor is None,
        "sentence": sentences.of_call,
    }
