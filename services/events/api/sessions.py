"""Sessions of a forum."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.events.commands import sessions as commands
from services.events.problems import ROOM_TAKEN
from services.events.queries import sessions as queries
from services.events.queries.sessions import Wanted
from services.events.schemas.sessions import (
    SessionEditIn,
    SessionIn,
    SessionOut,
    SessionsOut,
    SessionTransitionIn,
    SwapIn,
    SwapOut,
    WarningsOut,
)
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, STALE
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.rendering import render

router = service_router()

LARGEST_PAGE = 500
"""A schedule is looked at whole: it may be asked for in larger pages than other lists."""
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items a page")]
Day = Annotated[date | None, Query(ge=date(1970, 1, 2), le=date(2199, 12, 31), description="In the forum's zone")]


@router.post("/api/forums/{id}/sessions", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, CONFLICT, ROOM_TAKEN)
async def add(
    id: UUID, new: SessionIn, actor: SignedIn, session: Session, resources: Resources, response: Response
) -> SessionOut:
    """A new session. 409 lists the sessions that have the room; a speaker in two places at once is a warning."""
    rendered = await resources.cpu.run(render, new.description)
    added = await commands.add(session, actor, id, new, rendered)
    response.headers["Location"] = f"/api/forums/{id}/sessions/{added.id}"
    return await queries.changed(session, actor, added)


@router.get("/api/forums/{id}/sessions")
async def page(
    id: UUID,
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    day: Day = None,
    room: UUID | None = None,
    track: Annotated[str | None, Query(max_length=200)] = None,
    cursor: CursorText = None,
    limit: Limit = 100,
) -> SessionsOut:
    """Its sessions, in the order in which they begin; cancelled ones too, as cancelled."""
    found = await queries.page(session, viewer, id, Wanted(day, room, track), cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/forums/{id}/sessions/swap")
@failing(FORBIDDEN, CONFLICT, ROOM_TAKEN, STALE)
async def swap(id: UUID, asked: SwapIn, actor: SignedIn, session: Session) -> SwapOut:
    """Two sessions take each other's room and time; each keeps its length."""
    one, other = await commands.swap(session, actor, id, asked)
    return SwapOut(one=await queries.changed(session, actor, one), other=await queries.changed(session, actor, other))


@router.get("/api/forums/{id}/sessions/{session_id}")
async def read(id: UUID, session_id: UUID, viewer: Anyone, session: Session) -> SessionOut:
    """One session."""
    return await queries.read(session, viewer, id, session_id)


@router.patch("/api/forums/{id}/sessions/{session_id}")
@failing(FORBIDDEN, CONFLICT, ROOM_TAKEN)
async def edit(
    id: UUID,
    session_id: UUID,
    changes: SessionEditIn,
    actor: SignedIn,
    expected: IfMatch,
    session: Session,
    resources: Resources,
) -> SessionOut:
    """Change a session; what is not named stays. 409 lists the sessions that have the room."""
    rendered = None if changes.description is None else await resources.cpu.run(render, changes.description)
    edited = await commands.edit(session, actor, id, session_id, expected, changes, rendered)
    return await queries.changed(session, actor, edited)


@router.post("/api/forums/{id}/sessions/{session_id}/transitions")
@failing(FORBIDDEN, CONFLICT, ROOM_TAKEN)
async def move(
    id: UUID, session_id: UUID, asked: SessionTransitionIn, actor: SignedIn, expected: IfMatch, session: Session
) -> SessionOut:
    """Cancel a session, or restore it if its room is still free."""
    moved = await commands.move(session, actor, id, session_id, expected, asked.action, asked.reason)
    return await queries.changed(session, actor, moved)


@router.get("/api/forums/{id}/warnings")
async def warnings(id: UUID, viewer: SignedIn, session: Session) -> WarningsOut:
    """Speakers who are in two places at once; for the organizer."""
    return await queries.warnings(session, viewer, id)
