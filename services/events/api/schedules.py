"""The schedule in the formats of others."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from fastapi import Response

from services.events import policy, schedule_reading
from services.events.calendar import calendar
from services.events.commands.importing import import_schedule
from services.events.problems import ACRONYM_TAKEN, ROOM_TAKEN
from services.events.queries import schedule as queries
from services.events.schedule_reading import ScheduleRefused
from services.events.schedule_writing import written
from services.events.schemas.schedule import ImportIn, ImportOut
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()

_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}, "description": "An iCalendar feed"}
}


@router.post("/api/forums/import")
@failing(FORBIDDEN, NOT_FOUND, CONFLICT, ROOM_TAKEN, ACRONYM_TAKEN)
async def import_(asked: ImportIn, actor: SignedIn, session: Session, resources: Resources) -> ImportOut:
    """What a schedule.json changes; with ``apply`` it is done, whole or not at all.

    Faults are named by their place in the document, a JSON Pointer; ``conflicts`` lists rooms that are booked twice.
    """
    if not policy.may_create(actor):
        # Before the work, which may be much, and not after it.
        raise Problem(FORBIDDEN, "Organizers open forums.")
    try:
        read = await resources.cpu.run(schedule_reading.read, asked.document, asked.zone)
    except ScheduleRefused as refused:
        raise Problem(INVALID, "The document is no schedule; nothing was changed.", errors=refused.faults) from refused
    return await import_schedule(session, actor, read, into=asked.forum, apply=asked.apply)


@router.get("/api/forums/{id}/calendar.ics", response_class=Response, responses=_CALENDAR)
async def feed(id: UUID, viewer: Anyone, session: Session, resources: Resources) -> Response:
    """Its sessions, for calendars to subscribe to: an update moves, a cancellation removes, the same entry."""
    found = await queries.schedule(session, viewer, id)
    names = [[one.name for one in speakers if one.name] for speakers in found.speakers]
    content = await resources.cpu.run(calendar, found.forum, found.sessions, names, resources.site_url.rstrip("/"))
    return Response(
        content,
        media_type="text/calendar",
        headers={
            "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
            "Content-Disposition": f'inline; filename="{id}.ics"',
        },
    )


@router.get("/api/forums/{id}/schedule.json")
async def export(id: UUID, viewer: Anyone, session: Session, resources: Resources) -> dict[str, Any]:
    """Its schedule in the CCC's format; importing it again changes nothing."""
    found = await queries.schedule(session, viewer, id)
    site = resources.site_url.rstrip("/")
    return await resources.cpu.run(written, found.forum, found.rooms, found.sessions, found.speakers, site)
