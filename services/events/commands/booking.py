"""Booking rooms: the database refuses two sessions in one room at a time, and here it is said which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.problems import ROOM_BOOKED_ONCE, ROOM_TAKEN
from services.events.tables import Room, Session
from shared.http.problems import Problem
from shared.storage.tables import table_of

_CHECK = text(f"SET CONSTRAINTS {ROOM_BOOKED_ONCE} IMMEDIATE")
_DEFER = text(f"SET CONSTRAINTS {ROOM_BOOKED_ONCE} DEFERRED")
MOST_CONFLICTS = 100
"""Named in an answer."""


@dataclass(frozen=True)
class _Booking:
    """A session in a room, as it was asked for or as it is."""

    id: UUID
    guid: UUID
    title: str
    room_id: UUID
    begins_at: datetime
    ends_at: datetime

    def meets(self, other: _Booking) -> bool:
        """Whether both want one room at one time."""
        apart = self.ends_at <= other.begins_at or other.ends_at <= self.begins_at
        return self.id != other.id and self.room_id == other.room_id and not apart


async def settle(session: AsyncSession, placed: Sequence[Session]) -> None:
    """Have the database check that the rooms are free for what was placed. Raises Problem 409 listing the conflicts.

    The check is put off until here, so that two sessions may be swapped; the savepoint leaves the transaction able to
    ask what the conflicts are.
    """
    asked = [
        _Booking(one.id, one.guid, one.title, one.room_id, one.begins_at, one.ends_at)
        for one in placed
        if not one.cancelled
    ]
    try:
        async with session.begin_nested():
            await session.flush()
            await session.execute(_CHECK)
    except IntegrityError as error:
        if getattr(error.orig.__cause__ if error.orig else None, "constraint_name", None) != ROOM_BOOKED_ONCE:
            raise
        conflicts = await _conflicts(session, asked)
        raise Problem(
            ROOM_TAKEN, "Choose another room or another time; the conflicts are listed.", extra={"conflicts": conflicts}
        ) from error
    await session.execute(_DEFER)


async def _conflicts(session: AsyncSession, asked: list[_Booking]) -> list[dict[str, Any]]:
    rooms = {one.room_id for one in asked}
    s, r = table_of(Session).c, table_of(Room).c
    columns = (s.id, s.guid, s.title, s.room_id, s.begins_at, s.ends_at)
    others = await session.execute(
        select(*columns).where(s.room_id.in_(rooms), s.id.not_in([one.id for one in asked]), s.cancelled.is_(False))
    )
    names = {row.id: row.name for row in await session.execute(select(r.id, r.name).where(r.id.in_(rooms)))}
    there = sorted([*(_Booking(*row) for row in others), *asked], key=lambda one: (one.begins_at, one.id))
    met = [
        (wanted, other)
        for place, wanted in enumerate(there)
        for other in there[place + 1 :]
        if wanted.meets(other) and (wanted in asked or other in asked)
    ]
    return [
        {
            "room": {"id": str(one.room_id), "name": names[one.room_id]},
            "sessions": [_said(one), _said(other)],
        }
        for one, other in met[:MOST_CONFLICTS]
    ]


def _said(one: _Booking) -> dict[str, str]:
    return {
        "id": str(one.id),
        "guid": str(one.guid),
        "title": one.title,
        "begins_at": one.begins_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
    }
