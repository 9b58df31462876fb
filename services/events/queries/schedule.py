"""Reading a whole schedule at once, for exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.queries.forums import readable
from services.events.queries.names import names_of, people_in, shown
from services.events.schemas.sessions import SpeakerOut
from services.events.tables import Forum, Room, Session
from shared.auth.principal import Principal
from shared.storage.tables import table_of

S: Any = table_of(Session).c
R: Any = table_of(Room).c


@dataclass(frozen=True)
class Schedule:
    """A forum with its rooms and all its sessions, in the order in which they begin."""

    forum: Forum
    rooms: Sequence[Any]
    sessions: Sequence[Any]
    """Rows of the table, with ``room_name``."""
    speakers: Sequence[Sequence[SpeakerOut]]
    """By session."""


async def schedule(session: AsyncSession, viewer: Principal | None, id: UUID) -> Schedule:
    """The whole schedule of a forum the viewer may read. Four queries. Raises Problem 404."""
    forum = await readable(session, viewer, id)
    rooms = (
        await session.execute(select(R.id, R.name, R.capacity).where(R.forum_id == id).order_by(R.position, R.id))
    ).all()
    columns = [column for column in table_of(Session).c if column.name != "description_html"]
    query = select(*columns, R.name.label("room_name")).join(Room, R.id == S.room_id).where(S.forum_id == id)
    sessions = (await session.execute(query.order_by(S.begins_at, S.id))).all()
    names = await names_of(session, people_in(row.speakers for row in sessions))
    return Schedule(forum, rooms, sessions, [shown(row.speakers, names) for row in sessions])
