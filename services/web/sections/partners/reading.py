"""What anybody may read: calls, organizations, demonstrators, in lists and one by one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal
from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.language import babel_locale
from services.web.page import CurrentPage, Page
from services.web.sections.partners import sentences, steps, times
from services.web.sections.partners.access import ORGANIZERS
from services.web.sections.partners.choice import Choice
from services.web.sections.partners.words import PHASES, RUNNING
from shared.clients.base import ServiceProblem
from shared.clients.partners import CallPage, DemonstratorPage, OrganizationPage, PartnersClient

router = APIRouter(route_class=PageRoute)


async def read_calls(page: Page, choice: Choice, cursor: str, *, limit: int = 20) -> CallPage:
    """The public calls a choice means, newest first."""
    return await page.client(PartnersClient).calls(
        phase=choice.state or "open",
        kind=choice.kind or None,
        theme=choice.theme or None,
        territory=choice.territory or None,
        cursor=cursor or None,
        limit=limit,
    )


async def read_organizations(page: Page, choice: Choice, cursor: str) -> OrganizationPage:
    """The public organizations a choice means."""
    return await page.client(PartnersClient).organizations(
        kind=choice.kind or None,
        theme=choice.theme or None,
        territory=choice.territory or None,
        cursor=cursor or None,
    )


async def read_demonstrators(page: Page, choice: Choice, cursor: str) -> DemonstratorPage:
    """The public demonstrators a choice means."""
    return await page.client(PartnersClient).demonstrators(
        state=choice.state or None,
        theme=choice.theme or None,
        territory=choice.territory or None,
        cursor=cursor or None,
    )


@router.get("/appels")
async def calls(page: CurrentPage, cursor: str = "") -> Response:
    """What one can answer now; what will open; what is closed."""
    names = await page.site.names.read()
    choice = Choice.of_calls(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href("/appels", **choice.now(names).query()), status=301)
    return await page.render(
        "partners/calls.html",
        found=await read_calls(page, choice, cursor),
        choice=choice,
        is_first=not cursor,
        phases=PHASES,
        sentence=sentences.of_call,
        times=times,
        may_call=page.visitor is not None and page.visitor.has_role(*ORGANIZERS),
    )


@router.get("/organisations")
async def organizations(page: CurrentPage, cursor: str = "") -> Response:
    """Who takes part."""
    names = await page.site.names.read()
    choice = Choice.of_organizations(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href("/organisations", **choice.now(names).query()), status=301)
    found = await read_organizations(page, choice, cursor)
    page.keep()
    return await page.render("partners/organizations.html", found=found, choice=choice, is_first=not cursor)


@router.get("/demonstrateurs")
async def demonstrators(page: CurrentPage, cursor: str = "") -> Response:
    """What is being tested, and where."""
    names = await page.site.names.read()
    choice = Choice.of_demonstrators(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href("/demonstrateurs", **choice.now(names).query()), status=301)
    page.keep()
    return await page.render(
        "partners/demonstrators.html",
        found=await read_demonstrators(page, choice, cursor),
        choice=choice,
        is_first=not cursor,
        states=RUNNING,
        sentence=sentences.of_demonstrator,
    )


@router.get("/appels/{id:uuid}")
@router.get("/appels/{id:uuid}/{slug}")
async def call(page: CurrentPage, id: UUID) -> Response:
    """A call at its canonical address; others lead there. A withdrawn one is 410."""
    token, client = await page.token_if_possible(), page.client(PartnersClient)
    try:
        found = await client.read_call(str(id), token=token)
    except ServiceProblem as problem:
        return await gone(page, problem, "call")
    if page.path != found.url:
        return page.go(page.href(found.url), status=301 if found.state in ("published", "closed") else 307)
    own = None
    if token is not None and found.state != "draft":
        own = await client.my_applications(token=token, call=found.id, limit=5)
    page.keep()
    return await page.render(
        "partners/call.html",
        status=410 if found.state == "withdrawn" else 200,
        call=found,
        own=own,
        said=sentences.of_call(found),
        sentence=sentences.of_application,
        times=times,
        weights=sum(one.weight for one in found.criteria),
        steps=[one for one in steps.CALL if one.action in found.actions],
    )


@router.get("/organisations/{id:uuid}")
@router.get("/organisations/{id:uuid}/{slug}")
async def organization(page: CurrentPage, id: UUID) -> Response:
    """An organization at its canonical address, with what it tests."""
    token, client = await page.token_if_possible(), page.client(PartnersClient)
    try:
        found = await client.organization(str(id), token=token)
    except ServiceProblem as problem:
        return await gone(page, problem, "organization")
    if page.path != found.url:
        return page.go(page.href(found.url), status=301 if found.state == "published" else 307)
    shown = await client.demonstrators(organization=found.id, limit=20)
    page.keep()
    return await page.render(
        "partners/organization.html",
        organization=found,
        demonstrators=shown,
        said=sentences.of_organization(found),
        sentence=sentences.of_demonstrator,
        steps=[one for one in steps.ORGANIZATION if one.action in found.actions],
    )


@router.get("/demonstrateurs/{id:uuid}")
@router.get("/demonstrateurs/{id:uuid}/{slug}")
async def demonstrator(page: CurrentPage, id: UUID, cursor: str = "") -> Response:
    """A demonstrator at its canonical address, with its results."""
    token, client = await page.token_if_possible(), page.client(PartnersClient)
    try:
        found, results = await asyncio.gather(
            client.demonstrator(str(id), token=token), client.results(str(id), token=token, cursor=cursor or None)
        )
    except ServiceProblem as problem:
        return await gone(page, problem, "demonstrator")
    if page.path != found.url:
        return page.go(page.href(found.url), status=301 if found.state in ("published", "ended") else 307)
    page.keep()
    return await page.render(
        "partners/demonstrator.html",
        status=410 if found.state == "withdrawn" else 200,
        demonstrator=found,
        results=results,
        is_first=not cursor,
        said=sentences.of_demonstrator(found),
        times=times,
        number=number,
        steps=[one for one in steps.DEMONSTRATOR if one.action in found.actions],
    )


def number(value: float) -> str:
    """``62,5`` in French, ``62.5`` in English."""
    text: str = format_decimal(value, locale=babel_locale())
    return text


async def gone(page: Page, problem: ServiceProblem, what: str) -> Response:
    """What was withdrawn: why, and where to look. Raises every other problem."""
    if problem.status != 410:
        raise problem
    said: dict[str, Any] = {name: problem.extra.get(name) for name in ("title", "name", "reason")}
    return await page.render(
        "partners/gone.html",
        status=410,
        what=what,
        title=said["title"] or said["name"],
        reason=said["reason"] if isinstance(said["reason"], str) else None,
    )
