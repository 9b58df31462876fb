"""Reading who comes: one's own, or, for the organizer, all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy
from services.events.commands.places import closed
from services.events.queries.forums import SUMMARY, C, check_readable, instant_and_id, summary
from services.events.queries.names import names_of
from services.events.schemas.fields import PersonOut
from services.events.schemas.registrations import (
    MineOut,
    MinesOut,
    PlacesOut,
    RegistrantOut,
    RegistrantsOut,
    RegistrationOut,
    RegistrationState,
)
from services.events.tables import Forum, Registration
from services.events.workflow import PUBLIC
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import FORBIDDEN, Problem
from shared.storage.among import among
from shared.storage.tables import table_of

R: Any = table_of(Registration).c
_before: Any = table_of(Registration).alias("before")
_ahead = (
    select(func.count() + 1)
    .where(
        _before.c.forum_id == R.forum_id,
        _before.c.state == RegistrationState.WAITING,
        _before.c.number < R.number,
    )
    .scalar_subquery()
)
_PLACE = case((R.state == RegistrationState.WAITING, _ahead), else_=None).label("place")
"""In the waiting list; null for who does not wait."""


async def places(session: AsyncSession, viewer: Principal | None, id: UUID) -> PlacesOut:
    """How many places there are, and what the viewer has. Raises Problem 404."""
    forum = await check_readable(session, viewer, id)
    counted = select(R.state, func.count().label("people")).where(R.forum_id == id).group_by(R.state)
    counts = {row.state: row.people for row in await session.execute(counted)}
    return PlacesOut(
        capacity=forum.capacity,
        taken=counts.get(RegistrationState.REGISTERED, 0),
        waiting=counts.get(RegistrationState.WAITING, 0),
        open=closed(forum) is None,
        mine=await own(session, id, viewer.id) if viewer is not None else None,
    )


async def own(session: AsyncSession, id: UUID, person: UUID) -> RegistrationOut | None:
    """One's registration for a forum; None without one."""
    query = select(R.forum_id, R.state, R.at, R.promoted_at, _PLACE).where(
        R.forum_id == id, R.person == person, R.state != RegistrationState.CANCELLED
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return RegistrationOut(forum=id, state=row.state, place=row.place, at=row.at, promoted_at=row.promoted_at)


async def registrants(
    session: AsyncSession,
    viewer: Principal,
    id: UUID,
    state: RegistrationState | None,
    cursor: str | None,
    limit: int,
) -> RegistrantsOut:
    """Who comes and who waits, in the order in which they came; of those who called off only when asked.

    Three queries. Raises Problem 403, 404.
    """
    forum = await check_readable(session, viewer, id)
    if not policy.may_see_registrations(viewer, forum.owner):
        raise Problem(FORBIDDEN, "Who comes is for the organizer to know.")
    query = select(R.person, R.number, R.state, R.at, R.promoted_at, _PLACE).where(R.forum_id == id)
    query = query.where(R.state != RegistrationState.CANCELLED if state is None else R.state == state)
    place = paging.decode(cursor, 1)
    if place is not None:
        if type(place[0]) is not int or not 0 <= place[0] < 2**31:
            raise paging.bad_cursor()
        query = query.where(R.number > place[0])
    rows = (await session.execute(query.order_by(R.number).limit(limit + 1))).all()
    names = await names_of(session, {row.person for row in rows[:limit]})
    return RegistrantsOut(
        items=[
            RegistrantOut(
                person=PersonOut(id=row.person, name=names.get(row.person, "")),
                state=row.state,
                place=row.place,
                at=row.at,
                promoted_at=row.promoted_at,
            )
            for row in rows[:limit]
        ],
        next=paging.encode([rows[limit - 1].number]) if len(rows) > limit else None,
    )


async def mine(session: AsyncSession, viewer: Principal, cursor: str | None, limit: int) -> MinesOut:
    """One's own registrations, newest first, for forums that are public now. One query."""
    query = (
        select(*SUMMARY, R.state.label("registered"), R.at, R.promoted_at, _PLACE)
        .join_from(Registration, Forum, C.id == R.forum_id)
        .where(R.person == viewer.id, R.state != RegistrationState.CANCELLED, among(C.state, PUBLIC))
    )
    place = instant_and_id(cursor)
    if place is not None:
        query = query.where(tuple_(R.at, R.forum_id) < place)
    rows = (await session.execute(query.order_by(R.at.desc(), R.forum_id.desc()).limit(limit + 1))).all()
    return MinesOut(
        items=[
            MineOut(forum=summary(row), state=row.registered, place=row.place, at=row.at, promoted_at=row.promoted_at)
            for row in rows[:limit]
        ],
        next=paging.encode([rows[limit - 1].at.isoformat(), str(rows[limit - 1].id)]) if len(rows) > limit else None,
    )
