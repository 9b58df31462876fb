"""Forums and their rooms."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.events.commands import forums as commands
from services.events.commands import rooms as room_commands
from services.events.problems import ACRONYM_TAKEN, ROOM_NAMED, ROOM_TAKEN
from services.events.queries import forums as queries
from services.events.queries.forums import Wanted
from services.events.schemas.fields import Language
from services.events.schemas.forums import (
    ForumEditIn,
    ForumIn,
    ForumOut,
    ForumsOut,
    Listed,
    RoomEditIn,
    RoomIn,
    RoomOut,
    RoomsOut,
    StepsOut,
    TransitionIn,
    When,
)
from services.events.tables import Room
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.rendering import render

router = service_router()

Label = Annotated[str | None, Query(max_length=60)]


@router.post("/api/forums", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, ACRONYM_TAKEN)
async def create(new: ForumIn, actor: SignedIn, session: Session, resources: Resources, response: Response) -> ForumOut:
    """Start a forum, as a draft; for organizers."""
    rendered = await resources.cpu.run(render, new.description)
    created = await commands.create(session, actor, new, rendered)
    response.headers["Location"] = f"/api/forums/{created.id}"
    return await queries.whole(session, actor, created)


@router.get("/api/forums")
async def page(
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    when: When = "coming",
    state: Listed = "public",
    language: Language | None = None,
    theme: Label = None,
    territory: Label = None,
    mine: bool = False,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ForumsOut:
    """Forums: coming ones from the next on, past ones from the last back; drafts only for who organizes them."""
    wanted = Wanted(when, state, language, theme, territory, mine)
    found = await queries.page(session, viewer, wanted, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/forums/{id}")
async def read(id: UUID, viewer: Anyone, session: Session) -> ForumOut:
    """One forum."""
    return await queries.whole(session, viewer, await queries.readable(session, viewer, id))


@router.patch("/api/forums/{id}")
@failing(FORBIDDEN, CONFLICT, ACRONYM_TAKEN, ROOM_TAKEN)
async def edit(
    id: UUID, changes: ForumEditIn, actor: SignedIn, expected: IfMatch, session: Session, resources: Resources
) -> ForumOut:
    """Change a forum; what is not named stays."""
    rendered = None if changes.description is None else await resources.cpu.run(render, changes.description)
    edited = await commands.edit(session, actor, id, expected, changes, rendered)
    return await queries.whole(session, actor, edited)


@router.post("/api/forums/{id}/transitions")
@failing(FORBIDDEN, CONFLICT)
async def move(id: UUID, asked: TransitionIn, actor: SignedIn, expected: IfMatch, session: Session) -> ForumOut:
    """Publish, retract (a draft again), cancel or restore."""
    moved = await commands.move(session, actor, id, expected, asked.action, asked.reason)
    return await queries.whole(session, actor, moved)


@router.get("/api/forums/{id}/transitions")
async def steps(
    id: UUID,
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> StepsOut:
    """Its life so far, and that of its sessions, with the reasons."""
    found = await queries.steps(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/forums/{id}/rooms", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, CONFLICT, ROOM_NAMED)
async def add_room(id: UUID, new: RoomIn, actor: SignedIn, session: Session, response: Response) -> RoomOut:
    """A new room, after the others."""
    added = await room_commands.add(session, actor, id, new)
    response.headers["Location"] = f"/api/forums/{id}/rooms/{added.id}"
    return _room(added)


@router.get("/api/forums/{id}/rooms")
async def rooms(
    id: UUID,
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 100,
) -> RoomsOut:
    """Its rooms, in the order they are shown."""
    found = await queries.rooms(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.patch("/api/forums/{id}/rooms/{room}")
@failing(FORBIDDEN, CONFLICT, ROOM_NAMED)
async def edit_room(
    id: UUID, room: UUID, changes: RoomEditIn, actor: SignedIn, expected: IfMatch, session: Session
) -> RoomOut:
    """Rename a room, or say how many it holds."""
    return _room(await room_commands.edit(session, actor, id, room, expected, changes))


def _room(room: Room) -> RoomOut:
    return RoomOut(id=room.id, version=room.version, name=room.name, capacity=room.capacity)
