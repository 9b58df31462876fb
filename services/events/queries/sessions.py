"""Reading the schedule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy, wall_time, workflow
from services.events.queries.forums import check_readable, instant_and_id
from services.events.queries.names import names_of, people_in, shown
from services.events.schemas.sessions import SessionOut, SessionsOut, SessionSummaryOut, WarningOut, WarningsOut
from services.events.statements import is_off, session_url
from services.events.tables import Forum, Room, Session
from services.events.workflow import SessionState, State
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.tables import table_of

S: Any = table_of(Session).c
R: Any = table_of(Room).c
_LISTED = (
    S.id, S.forum_id, S.version, S.cancelled, S.forum_state, S.title, S.summary, S.language, S.format, S.track,
    S.room_id, R.name.label("room_name"), S.speakers, S.minutes, S.zone, S.begins_at, S.ends_at,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which sessions a list shows."""

    day: date | None = None
    """In the forum's zone."""
    room: UUID | None = None
    track: str | None = None


async def page(
    session: AsyncSession, viewer: Principal | None, id: UUID, wanted: Wanted, cursor: str | None, limit: int
) -> SessionsOut:
    """Sessions in the order in which they begin. Three queries, however many. Raises Problem 404."""
    forum = await check_readable(session, viewer, id)
    query = select(*_LISTED).join(Room, R.id == S.room_id).where(S.forum_id == id, *_filters(wanted, forum.zone))
    place = instant_and_id(cursor)
    if place is not None:
        query = query.where(tuple_(S.begins_at, S.id) > place)
    rows = (await session.execute(query.order_by(S.begins_at, S.id).limit(limit + 1))).all()
    names = await names_of(session, people_in(row.speakers for row in rows[:limit]))
    last = rows[limit - 1] if len(rows) > limit else None
    return SessionsOut(
        items=[SessionSummaryOut(**_common(row, names, row.room_name)) for row in rows[:limit]],
        next=paging.encode([last.begins_at.isoformat(), str(last.id)]) if last else None,
    )


def _filters(wanted: Wanted, zone: str) -> list[Any]:
    filters: list[Any] = []
    if wanted.day is not None:
        first, after = wall_time.midnight(wanted.day, zone), wall_time.midnight(wall_time.day_after(wanted.day), zone)
        filters += [S.begins_at >= first, S.begins_at < after]
    if wanted.room is not None:
        filters.append(S.room_id == wanted.room)
    if wanted.track is not None:
        filters.append(S.track == wanted.track)
    return filters


def _common(row: Any, names: Mapping[UUID, str], room_name: str) -> dict[str, Any]:
    starts_at = row.begins_at.astimezone(wall_time.zone_of(row.zone))
    return {
        "id": row.id,
        "version": row.version,
        "state": SessionState.CANCELLED if is_off(row) else SessionState.SCHEDULED,
        "title": row.title,
        "summary": row.summary,
        "language": row.language,
        "format": row.format,
        "track": row.track,
        "room": row.room_id,
        "room_name": room_name,
        "speakers": shown(row.speakers, names),
        "starts_at": starts_at,
        "minutes": row.minutes,
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "day": starts_at.date(),
        "url": session_url(row.forum_id, row.id, row.title),
    }


async def read(session: AsyncSession, viewer: Principal | None, id: UUID, session_id: UUID) -> SessionOut:
    """One session. Raises Problem 404."""
    forum = await check_readable(session, viewer, id)
    found = await session.get(Session, session_id)
    if found is None or found.forum_id != id:
        raise Problem(NOT_FOUND, f"There is no session {session_id} in this forum.")
    return await _whole(session, viewer, forum, found)


async def changed(session: AsyncSession, viewer: Principal, found: Session) -> SessionOut:
    """A session just changed, with what may be a mistake about it."""
    forum = await session.get(Forum, found.forum_id)
    answer = await _whole(session, viewer, forum, found)
    answer.warnings = [one for one in (await _warnings(session, forum)) if found.id in one.sessions]
    return answer


async def _whole(session: AsyncSession, viewer: Principal | None, forum: Any, found: Session) -> SessionOut:
    names = await names_of(session, people_in([found.speakers]))
    room_name = (await session.execute(select(R.name).where(R.id == found.room_id))).scalar_one()
    parts, state = policy.parts(viewer, forum.owner), State(forum.state)
    own = SessionState.CANCELLED if found.cancelled else SessionState.SCHEDULED
    actions = [str(action) for action in workflow.session_actions(own, state, parts)]
    if policy.may_edit(viewer, state, forum.owner):
        actions.insert(0, "edit")
    fields = found.model_dump(
        include={
            "guid", "description", "description_html", "zone", "sequence", "updated_at", "cancelled_at",
            "cancellation_reason",
        }
    )  # fmt: skip
    return SessionOut(**_common(found, names, room_name), **fields, forum=forum.id, actions=actions, warnings=[])


async def warnings(session: AsyncSession, viewer: Principal | None, id: UUID) -> WarningsOut:
    """Speakers who are in two places at once, in a forum the viewer may change. Raises Problem 404."""
    forum = await check_readable(session, viewer, id)
    if not policy.parts(viewer, forum.owner):
        raise Problem(NOT_FOUND, f"There are no warnings of forum {id} for you.")
    return WarningsOut(items=await _warnings(session, forum))


async def _warnings(session: AsyncSession, forum: Any) -> list[WarningOut]:
    query = (
        select(S.id, S.title, S.speakers, S.begins_at, S.ends_at)
        .where(S.forum_id == forum.id, S.cancelled.is_(False))
        .order_by(S.begins_at, S.id)
    )
    rows = (await session.execute(query)).all()
    by_speaker: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        for key in {_known_as(one) for one in row.speakers}:
            by_speaker[key].append(row)
    twice = [(key, one, other) for key, all_ in by_speaker.items() for one, other in _overlapping(all_)]
    names = await names_of(session, {UUID(key) for (kind, key), _, _ in twice if kind == "person"})
    return [
        WarningOut(
            kind="speaker-twice",
            speaker=next(one for one in shown(first.speakers, names) if _is(one, key)),
            sessions=[first.id, second.id],
            titles=[first.title, second.title],
        )
        for key, first, second in twice
    ]


def _overlapping(rows: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs that overlap, of rows in the order in which they begin."""
    return [
        (one, other) for place, one in enumerate(rows) for other in rows[place + 1 :] if other.begins_at < one.ends_at
    ]


def _known_as(speaker: Mapping[str, Any]) -> tuple[str, str]:
    """A person is known by their id, who is no person here by their name."""
    if speaker["person"] is not None:
        return "person", speaker["person"]
    return "name", speaker["name"].casefold()


def _is(speaker: Any, key: tuple[str, str]) -> bool:
    person = str(speaker.person) if speaker.person else None
    return _known_as({"person": person, "name": speaker.name}) == key
