"""Rooms of a forum."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.commands.forums import changed_session, sessions_of
from services.events.commands.reaching import check_editable, held_forum, locked_forum, locked_rooms
from services.events.schemas.forums import RoomEditIn, RoomIn
from services.events.tables import Forum, Room
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, NOT_FOUND, Problem
from shared.storage.tables import table_of

MOST_ROOMS = 200


async def add(session: AsyncSession, actor: Principal, id: UUID, new: RoomIn) -> Room:
    """A room, after the others. Raises Problem 403, 404, 409 for a name that is taken."""
    return await add_to(session, await held_forum(session, actor, id), new.name, new.capacity)


async def add_to(session: AsyncSession, forum: Forum, name: str, capacity: int | None = None) -> Room:
    """A room of a forum the caller holds."""
    c: Any = table_of(Room).c
    query = select(func.count(), func.coalesce(func.max(c.position) + 1, 0)).where(c.forum_id == forum.id)
    count, position = (await session.execute(query)).one()
    if count >= MOST_ROOMS:
        raise Problem(CONFLICT, f"A forum has {MOST_ROOMS} rooms at most.")
    room = Room(forum_id=forum.id, name=name, capacity=capacity, position=position)
    session.add(room)
    await session.flush()
    return room


async def edit(
    session: AsyncSession, actor: Principal, id: UUID, room_id: UUID, expected: Expected, changes: RoomEditIn
) -> Room:
    """Rename a room, or say how many it holds. Raises Problem 403, 404, 409, 412."""
    # A new name shows in the calendar entries of its sessions: the forum is locked, for they are locked before rooms.
    forum = await locked_forum(session, actor, id)
    check_editable(forum)
    room = (await locked_rooms(session, forum, {room_id})).get(room_id)
    if room is None:
        raise Problem(NOT_FOUND, f"There is no room {room_id} in this forum.")
    expected.check(room.version)
    if changes.name is not None and changes.name != room.name:
        room.name = changes.name
        for one in await sessions_of(session, forum):
            if one.room_id == room_id:
                await changed_session(session, one)
    if "capacity" in changes.model_fields_set:
        room.capacity = changes.capacity
    room.version += 1
    session.add(room)
    await session.flush()
    return room
