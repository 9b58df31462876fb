"""The list of contributions, one contribution, and the queue of those to review."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.language import N_
from services.web.page import CurrentPage, Page
from services.web.section import Place
from services.web.sections.contributions.blocks import newest
from services.web.sections.contributions.choice import Choice
from services.web.sections.contributions.history import last_remark
from services.web.sections.contributions.states import STEPS, sentence
from services.web.sections.contributions.translations import alternates
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import Contribution, ContributionsClient, ContributionSummary

router = APIRouter(route_class=PageRoute)

READ_IN = {"fr": N_("Lire en français"), "en": N_("Lire en anglais")}
"""The way to the same text in another language."""


@router.get("/contributions")
async def contributions(page: CurrentPage, cursor: str = "") -> Response:
    """What was published, newest first, all of it or of one kind, theme, territory, language, author."""
    names = await page.site.names.read()
    choice = Choice.of(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href("/contributions", **choice.now(names).query()), status=301)
    found = await choice.read(page, cursor)
    page.keep()
    return await page.render(
        "contributions/list.html",
        found=found,
        choice=choice,
        heading=choice.heading(names, found),
        is_first=not cursor,
    )


@router.get("/relecture")
async def review_queue(page: CurrentPage, cursor: str = "") -> Response:
    """What was submitted and waits for an editor."""
    token = await page.needed_token()
    page.need_role("editor", "admin")
    client = page.client(ContributionsClient)
    found = await client.page(token=token, state="submitted", cursor=cursor or None)
    others = {}
    if not cursor:
        states = ("scheduled", "changes_requested")
        pages = await asyncio.gather(*(client.page(token=token, state=state) for state in states))
        others = dict(zip(states, pages, strict=True))
    return await page.render("contributions/queue.html", found=found, others=others, sentence=sentence)


@router.get("/contributions/{id:uuid}")
@router.get("/contributions/{id:uuid}/{slug}")
async def contribution(page: CurrentPage, id: UUID) -> Response:
    """One contribution at its canonical address; others lead there. A withdrawn one is 410 and helps on."""
    token = await page.token_if_possible()
    try:
        found = await page.client(ContributionsClient).read(str(id), token=token)
    except ServiceProblem as problem:
        if problem.status != 410:
            raise
        return await _withdrawn(page, problem)
    if page.path != found.url:
        return page.go(page.href(found.url), status=301 if found.state == "published" else 307)
    if found.state == "withdrawn":
        return await _withdrawn(page, None, found)
    page.keep()
    return await page.render(
        "contributions/contribution.html",
        contribution=found,
        remark=await last_remark(page, found.id) if found.state == "changes_requested" else None,
        steps=[step for step in STEPS if step.action in found.actions],
        sentence=sentence,
        alternates=alternates(found),
        READ_IN=READ_IN,
        blocks=await page.blocks(Place.CONTRIBUTION, found),
    )


async def _withdrawn(page: Page, problem: ServiceProblem | None, contribution: Contribution | None = None) -> Response:
    extra = dict(problem.extra) if problem else {}
    reason = contribution.withdrawal_reason if contribution else extra.get("reason")
    nearby: list[ContributionSummary] = []
    with contextlib.suppress(ServiceDown, ServiceProblem):
        nearby = await newest(page, most=3)
    return await page.render(
        "contributions/withdrawn.html",
        status=410,
        contribution=contribution,
        title=contribution.title if contribution else extra.get("title"),
        reason=reason if isinstance(reason, str) else None,
        withdrawn_at=contribution.withdrawn_at if contribution else None,
        nearby=nearby,
    )
