"""Getting at a forum to change it: found, locked, allowed.

Who changes the forum itself, or who comes, locks its row. Who changes its sessions only holds it as it is, so that
several may work on the schedule at once while nobody publishes or cancels the forum under them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy
from services.events.tables import Forum, Room, Session
from services.events.workflow import EDITABLE, State
from shared.auth.principal import Principal
from shared.http.problems import CONFLICT, FORBIDDEN, NOT_FOUND, Problem
from shared.storage.locks import lock
from shared.storage.tables import table_of


def no_forum(id: UUID) -> Problem:
    """The problem of a forum that is not there, or not for this reader."""
    return Problem(NOT_FOUND, f"There is no forum {id}.")


async def locked_forum(session: AsyncSession, actor: Principal, id: UUID) -> Forum:
    """The forum, locked, for who has a part in it. Raises Problem 403, 404."""
    return _of(actor, id, await lock(session, Forum, id))


async def held_forum(session: AsyncSession, actor: Principal, id: UUID) -> Forum:
    """The forum as it stays until the transaction ends, to change its rooms and sessions.

    Raises Problem 403, 404, 409.
    """
    query = select(Forum).where(table_of(Forum).c.id == id).with_for_update(read=True)
    found = (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()
    forum = _of(actor, id, found)
    check_editable(forum)
    return forum


def check_editable(forum: Forum) -> None:
    """Raises Problem 409 for a forum whose state does not allow changes."""
    if forum.state not in EDITABLE:
        raise Problem(CONFLICT, f"A forum that is {forum.state} is not changed.", extra={"state": forum.state})


def _of(actor: Principal, id: UUID, found: Forum | None) -> Forum:
    if found is None or not policy.may_read(actor, State(found.state), found.owner):
        raise no_forum(id)
    if not policy.parts(actor, found.owner):
        raise Problem(FORBIDDEN, "This forum is its organizer's to change.")
    return found


async def locked_session(session: AsyncSession, forum: Forum, id: UUID) -> Session:
    """A session of a forum, locked. Raises Problem 404."""
    found = await lock(session, Session, id)
    if found is None or found.forum_id != forum.id:
        raise Problem(NOT_FOUND, f"There is no session {id} in this forum.")
    return found


async def locked_rooms(session: AsyncSession, forum: Forum, ids: set[UUID]) -> dict[UUID, Room]:
    """Those of these rooms that are the forum's, by id, locked in one order, so that nobody waits in a circle.

    The lock only makes those who book one room wait for each other (two deferred checks would each wait for the
    other, a deadlock); that it is booked once is the constraint's to say.
    """
    c: Any = table_of(Room).c
    query = select(Room).where(c.forum_id == forum.id, c.id.in_(ids)).order_by(c.id).with_for_update(key_share=True)
    rows = await session.exec(query, execution_options={"populate_existing": True})
    return {room.id: room for room in rows}
