"""Reading forums, their rooms, their life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy, workflow
from services.events.commands.reaching import no_forum
from services.events.queries.names import names_of
from services.events.schemas.fields import PersonOut
from services.events.schemas.forums import (
    ForumOut,
    ForumsOut,
    ForumSummaryOut,
    Listed,
    RoomOut,
    RoomsOut,
    StepOut,
    StepsOut,
    When,
)
from services.events.statements import url_of
from services.events.tables import Forum, Room, Step, now
from services.events.workflow import PUBLIC, State
from shared.auth.principal import Principal, Role
from shared.http import paging
from shared.storage.among import among
from shared.storage.tables import table_of, utc

C: Any = table_of(Forum).c
SUMMARY = (
    C.id, C.version, C.state, C.language, C.title, C.summary, C.venue, C.link, C.zone, C.starts_on, C.ends_on,
    C.begins_at, C.ends_at, C.themes, C.territories, C.updated_at, C.published_at,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which forums a list shows."""

    when: When = "coming"
    state: Listed = "public"
    language: str | None = None
    theme: str | None = None
    territory: str | None = None
    mine: bool = False
    """Only those the viewer organizes."""


async def readable(session: AsyncSession, viewer: Principal | None, id: UUID) -> Forum:
    """A forum the viewer may read. Raises Problem 404."""
    found = await session.get(Forum, id)
    if found is None or not policy.may_read(viewer, State(found.state), found.owner):
        raise no_forum(id)
    return found


async def check_readable(session: AsyncSession, viewer: Principal | None, id: UUID) -> Any:
    """A row of state, owner, zone, capacity, end of a forum the viewer may read. Raises Problem 404."""
    query = select(C.id, C.title, C.state, C.owner, C.zone, C.capacity, C.ends_at).where(C.id == id)
    row = (await session.execute(query)).one_or_none()
    if row is None or not policy.may_read(viewer, State(row.state), row.owner):
        raise no_forum(id)
    return row


async def whole(session: AsyncSession, viewer: Principal | None, found: Forum) -> ForumOut:
    """A forum as this viewer sees it."""
    names = await names_of(session, [found.owner] if found.owner else [])
    state, parts = State(found.state), policy.parts(viewer, found.owner)
    actions: list[str] = [str(action) for action in workflow.actions(state, parts)]
    if policy.may_edit(viewer, state, found.owner):
        actions.insert(0, "edit")
    return ForumOut(
        **found.model_dump(exclude={"owner", "ordinal", "numbered", "text"}),
        owner=PersonOut(id=found.owner, name=names.get(found.owner, "")) if found.owner else None,
        url=url_of(found.id, found.title),
        actions=actions,
    )


def summary(row: Any) -> ForumSummaryOut:
    """A row of `SUMMARY` as a list shows it."""
    return ForumSummaryOut(
        **{column.name: getattr(row, column.name) for column in SUMMARY}, url=url_of(row.id, row.title)
    )


async def page(
    session: AsyncSession, viewer: Principal | None, wanted: Wanted, cursor: str | None, limit: int
) -> ForumsOut:
    """A page of forums: coming ones from the next on, others from the last back. One query, however long it is."""
    forward = wanted.when == "coming"
    order = (C.begins_at, C.id) if forward else (C.begins_at.desc(), C.id.desc())
    query = select(*SUMMARY).where(*_filters(viewer, wanted)).order_by(*order).limit(limit + 1)
    place = instant_and_id(cursor)
    if place is not None:
        at = tuple_(C.begins_at, C.id)
        query = query.where(at > place if forward else at < place)
    rows = (await session.execute(query)).all()
    return ForumsOut(items=[summary(row) for row in rows[:limit]], next=_next(rows, limit, "begins_at"))


def _filters(viewer: Principal | None, wanted: Wanted) -> list[Any]:
    filters: list[Any] = []
    if wanted.state == "public":
        filters.append(among(C.state, PUBLIC))
    elif wanted.state != "any":
        filters.append(C.state == wanted.state)
    if wanted.when != "any":
        filters.append(C.ends_at > now() if wanted.when == "coming" else C.ends_at <= now())
    if viewer is None or not viewer.has(Role.ADMIN):
        mine = C.owner == viewer.id if viewer is not None and policy.may_create(viewer) else False
        filters.append(among(C.state, PUBLIC) | mine if mine is not False else among(C.state, PUBLIC))
    if wanted.mine:
        filters.append(C.owner == (viewer.id if viewer is not None else None))
    if wanted.language is not None:
        filters.append(C.language == wanted.language)
    if wanted.theme is not None:
        filters.append(C.themes.contains([wanted.theme]))
    if wanted.territory is not None:
        filters.append(C.territories.contains([wanted.territory]))
    return filters


async def rooms(session: AsyncSession, viewer: Principal | None, id: UUID, cursor: str | None, limit: int) -> RoomsOut:
    """Rooms, in the order they are shown. Raises Problem 404."""
    await check_readable(session, viewer, id)
    c: Any = table_of(Room).c
    query = select(c.id, c.version, c.name, c.capacity, c.position).where(c.forum_id == id)
    place = paging.decode(cursor, 2)
    if place is not None:
        if type(place[0]) is not int or not 0 <= place[0] < 2**31:
            raise paging.bad_cursor()
        query = query.where(tuple_(c.position, c.id) > (place[0], _id(place[1])))
    rows = (await session.execute(query.order_by(c.position, c.id).limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return RoomsOut(
        items=[RoomOut(id=row.id, version=row.version, name=row.name, capacity=row.capacity) for row in rows[:limit]],
        next=paging.encode([last.position, str(last.id)]) if last else None,
    )


async def steps(session: AsyncSession, viewer: Principal | None, id: UUID, cursor: str | None, limit: int) -> StepsOut:
    """A forum's life, oldest first: for the public since it was first published. Raises Problem 404."""
    forum = await check_readable(session, viewer, id)
    c: Any = table_of(Step).c
    query = select(c.id, c.at, c.action, c.session_id, c.reason).where(c.forum_id == id)
    if not policy.parts(viewer, forum.owner):
        began = select(c.id).where(c.forum_id == id, c.after == State.PUBLISHED).order_by(c.id).limit(1)
        query = query.where(c.id >= began.scalar_subquery())
    place = paging.decode(cursor, 1)
    if place is not None:
        query = query.where(c.id > _id(place[0]))
    rows = (await session.execute(query.order_by(c.id).limit(limit + 1))).all()
    return StepsOut(
        items=[
            StepOut(at=row.at, action=row.action, session_id=row.session_id, reason=row.reason) for row in rows[:limit]
        ],
        next=paging.encode([str(rows[limit - 1].id)]) if len(rows) > limit else None,
    )


def instant_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place a cursor of instant and id says. Raises Problem 422."""
    place = paging.decode(cursor, 2)
    if place is None:
        return None
    try:
        return utc(datetime.fromisoformat(place[0])).astimezone(UTC), _id(place[1])
    except (ValueError, TypeError, OverflowError):
        raise paging.bad_cursor() from None


def _id(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise paging.bad_cursor() from None


def _next(rows: Sequence[Any], limit: int, by: str) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return paging.encode([getattr(last, by).isoformat(), str(last.id)])
