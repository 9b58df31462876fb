"""The list of forums, one forum, its programme as list and as grid, and one session."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from services.web import clock
from services.web.errors import PageRoute
from services.web.page import CurrentPage, Page
from services.web.sections.forums import times
from services.web.sections.forums.access import ROLES
from services.web.sections.forums.choice import Choice
from services.web.sections.forums.grid import grid
from services.web.sections.forums.programme import Programme, person, programme, rooms
from services.web.sections.forums.states import FORUM_STEPS, SESSION_STEPS, is_over, sentence, session_sentence
from services.web.sections.forums.words import SPOKEN
from services.web.zones import zone_of
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, Forum, Places, ScheduleWarning

log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)


@router.get("/forums")
async def forums(page: CurrentPage, cursor: str = "") -> Response:
    """Those to come, the next first, or those that are over; all of them or of one theme, one territory."""
    names = await page.site.names.read()
    choice = Choice.of(page.request.query_params)
    if choice != choice.now(names):
        return page.go(page.href("/forums", **choice.now(names).query()), status=301)
    found = await choice.read(page, cursor)
    page.keep()
    return await page.render(
        "forums/list.html",
        found=found,
        choice=choice,
        heading=choice.heading(names),
        is_first=not cursor,
        times=times,
        may_open=page.visitor is not None and page.visitor.has_role(*ROLES),
    )


@router.get("/forums/{id:uuid}/programme")
async def as_list(page: CurrentPage, id: UUID, day: str = "", track: str = "") -> Response:
    """The programme as a list: of a day, of a track, or of a track on all days."""
    return await _schedule(page, id, "forums/programme.html", day, track)


@router.get("/forums/{id:uuid}/grille")
async def as_grid(page: CurrentPage, id: UUID, day: str = "", track: str = "") -> Response:
    """The programme of a day as a grid, with the rooms side by side; narrow screens get the list."""
    return await _schedule(page, id, "forums/grid.html", day, track)


async def _schedule(page: Page, id: UUID, template: str, day: str, track: str) -> Response:
    token = await page.token_if_possible()
    found = await page.client(EventsClient).read(str(id), token=token)
    planned, order = await asyncio.gather(programme(page, found, token), rooms(page, found, token))
    track = track if track in found.tracks else ""
    shown = planned.of_track(track) if track else planned
    chosen = shown.day(day, clock.today(zone_of(found.zone) or UTC))
    sessions = shown.days[chosen] if chosen else ()
    page.keep(day=day if chosen and chosen.isoformat() == day else "", track=track)
    return await page.render(
        template,
        forum=found,
        track=track,
        day=chosen,
        sessions=sessions,
        grid=grid(sessions, [one.id for one in order]),
        **_around(page, found, shown),
    )


@router.get("/forums/{id:uuid}")
@router.get("/forums/{id:uuid}/{slug}")
async def forum(page: CurrentPage, id: UUID) -> Response:
    """One forum at its canonical address; others lead there."""
    token = await page.token_if_possible()
    found = await page.client(EventsClient).read(str(id), token=token)
    if page.path != found.url:
        return page.go(page.href(found.url), status=307 if found.state == "draft" else 301)
    planned, places, warnings = await asyncio.gather(
        programme(page, found, token), _places(page, found, token), _warnings(page, found, token)
    )
    page.keep()
    return await page.render(
        "forums/forum.html",
        forum=found,
        planned=planned,
        places=places,
        warnings=warnings,
        steps=[step for step in FORUM_STEPS if step.action in found.actions],
        sentence=sentence,
        **_around(page, found, planned),
    )


@router.get("/forums/{id:uuid}/sessions/{session_id:uuid}")
@router.get("/forums/{id:uuid}/sessions/{session_id:uuid}/{slug}")
async def session(page: CurrentPage, id: UUID, session_id: UUID) -> Response:
    """One session at its canonical address; others lead there."""
    token = await page.token_if_possible()
    client = page.client(EventsClient)
    found, held = await asyncio.gather(
        client.read(str(id), token=token), client.session(str(id), str(session_id), token=token)
    )
    if page.path != held.url:
        return page.go(page.href(held.url), status=307 if found.state == "draft" else 301)
    page.keep()
    return await page.render(
        "forums/session.html",
        forum=found,
        session=held,
        steps=[step for step in SESSION_STEPS if step.action in held.actions],
        sentence=session_sentence,
        **_around(page, found, Programme([held])),
    )


def _around(page: Page, forum: Forum, planned: Programme) -> dict[str, Any]:
    """What every page of a forum shows or needs."""
    calendar = f"/api/forums/{forum.id}/calendar.ics"
    return {
        "times": times,
        "days": planned.days,
        "person": person,
        "spoken": SPOKEN,
        "is_public": forum.state in ("published", "cancelled"),
        "is_over": is_over(forum),
        "offset": times.changes_clock(planned.sessions, forum.zone),
        "base": f"/forums/{forum.id}",
        "calendar": calendar,
        "webcal": "webcal://" + page.absolute(calendar).partition("://")[2],
        "schedule": f"/api/forums/{forum.id}/schedule.json",
    }


async def _places(page: Page, forum: Forum, token: str | None) -> Places | None:
    """None while they cannot be told: the rest of the page is there all the same."""
    try:
        return await page.client(EventsClient).places(forum.id, token=token)
    except (ServiceDown, ServiceProblem) as error:
        log.warning("places left out", error=str(error))
        return None


async def _warnings(page: Page, forum: Forum, token: str | None) -> list[ScheduleWarning]:
    if token is None or "edit" not in forum.actions:
        return []
    try:
        return (await page.client(EventsClient).warnings(forum.id, token=token)).items
    except (ServiceDown, ServiceProblem) as error:
        log.warning("warnings left out", error=str(error))
        return []
