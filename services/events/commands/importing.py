"""Importing a schedule: the forum becomes what the document says, whole or not at all.

Sessions are known again by their guid, the forum by its id in what we exported, else by its acronym among those of who
imports. So the same document twice changes nothing the second time, and a changed one changes what it changed: what is
new in it is added, what is gone from it is cancelled. What a document does not say (venue, themes) is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy, statements, wall_time
from services.events.commands import forums, sessions
from services.events.commands.booking import settle
from services.events.commands.reaching import check_editable, locked_forum, locked_rooms
from services.events.commands.rooms import add_to
from services.events.queries.names import names_of
from services.events.schedule_reading import ReadSchedule, ReadSession, ReadSpeaker
from services.events.schedule_writing import acronym_of
from services.events.schemas.fields import Language
from services.events.schemas.forums import ForumIn
from services.events.schemas.schedule import ChangeOut, DiffOut, ImportOut, PlanOut
from services.events.tables import Forum, Room, Session
from services.events.workflow import SessionAction, SessionState
from shared.auth.principal import Principal
from shared.http.problems import FORBIDDEN, INVALID, Problem
from shared.rendering import render
from shared.storage.locks import lock
from shared.storage.tables import table_of

_GONE = "No longer in the imported schedule."
_DEFAULT = Language.FRENCH
MOST_TRACKS = 50


@dataclass
class _Diff:
    """What changes, as it is found."""

    new: list[ChangeOut] = field(default_factory=list)
    moved: list[ChangeOut] = field(default_factory=list)
    changed: list[ChangeOut] = field(default_factory=list)
    cancelled: list[ChangeOut] = field(default_factory=list)
    restored: list[ChangeOut] = field(default_factory=list)
    unchanged: int = 0
    forum: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)


class _OnlyTried(Exception):
    """Leaves the savepoint of a dry run: nothing of it stays."""


async def import_schedule(
    session: AsyncSession, actor: Principal, read: ReadSchedule, *, into: UUID | None = None, apply: bool
) -> ImportOut:
    """Make a forum what a document says; without ``apply`` all is done, told, and taken back.

    Raises Problem 403, 404, 409 for a forum that was cancelled or with ``conflicts`` for rooms booked twice, 422.
    """
    outcome: ImportOut | None = None
    try:
        async with session.begin_nested():
            outcome = await _import(session, actor, read, into, applied=apply)
            if not apply:
                raise _OnlyTried
    except _OnlyTried:
        session.expire_all()
    assert outcome is not None
    return outcome


async def _import(
    session: AsyncSession, actor: Principal, read: ReadSchedule, into: UUID | None, *, applied: bool
) -> ImportOut:
    found = await _forum(session, actor, read, into)
    diff = _Diff()
    forum = found or await _open(session, actor, read)
    known = {one.guid: one for one in await forums.sessions_of(session, forum)}
    tracks = _tracks(forum, read, known)
    if found is None:
        forum.tracks = tracks
        diff.forum = ["acronym", "ends_on", "starts_on", "title", "tracks", "zone"]
    else:
        await _change_forum(session, forum, read, tracks, known, diff)
    rooms = await _rooms(session, forum, read, diff)
    people = await names_of(session, {one.person for each in read.sessions for one in each.speakers if one.person})
    names = {room.id: room.name for room in rooms.values()}
    placed = [await _put(session, forum, one, known, rooms, names, people, diff) for one in read.sessions]
    for gone in [one for guid, one in known.items() if guid not in {each.guid for each in read.sessions}]:
        if gone.cancelled:
            continue
        diff.cancelled.append(
            ChangeOut(guid=gone.guid, title=gone.title, before=_plan(gone, names), after=None, fields=[])
        )
        await sessions.carry_out(session, gone, SessionAction.CANCEL, SessionState.CANCELLED, actor.id, _GONE)
    await settle(session, placed)
    return ImportOut(
        applied=applied,
        forum=forum.id if found is not None or applied else None,
        created=found is None,
        url=statements.url_of(forum.id, forum.title) if found is not None or applied else None,
        diff=DiffOut(**vars(diff)),
    )


async def _forum(session: AsyncSession, actor: Principal, read: ReadSchedule, into: UUID | None) -> Forum | None:
    """The forum a document is about, locked; None for a new one."""
    id = into
    if id is None and read.guid is not None and await session.get(Forum, read.guid) is not None:
        id = read.guid
    if id is None:
        c: Any = table_of(Forum).c
        query = select(Forum.id).where(c.owner == actor.id, c.acronym == read.acronym)
        id = (await session.exec(query)).one_or_none()
    if id is None:
        return None
    forum = await locked_forum(session, actor, id)
    check_editable(forum)
    return forum


async def _open(session: AsyncSession, actor: Principal, read: ReadSchedule) -> Forum:
    if not policy.may_create(actor):
        raise Problem(FORBIDDEN, "Organizers open forums.")
    spoken = Counter(one.language for one in read.sessions if one.language in set(Language))
    new = ForumIn(
        language=Language(spoken.most_common(1)[0][0]) if spoken else _DEFAULT,
        title=read.title,
        zone=read.zone,
        starts_on=read.starts_on,
        ends_on=read.ends_on,
        acronym=read.acronym,
        link=read.link,
    )
    forum = await forums.add(session, actor.id, new, render(""), id=read.guid)
    locked = await lock(session, Forum, forum.id)
    assert locked is not None
    return locked


def _tracks(forum: Forum, read: ReadSchedule, known: Mapping[UUID, Session]) -> list[str]:
    """The document's, when it lists them; and in any case those in use."""
    listed = read.tracks if read.tracks is not None else tuple(forum.tracks)
    planned = {one.guid for one in read.sessions}
    kept = [one.track for guid, one in known.items() if guid not in planned and one.track]
    tracks = list(dict.fromkeys([*listed, *(one.track for one in read.sessions if one.track), *kept]))
    if len(tracks) > MOST_TRACKS:
        raise Problem(INVALID, errors=[("/schedule/conference/tracks", f"a forum has {MOST_TRACKS} tracks at most")])
    return tracks


async def _change_forum(
    session: AsyncSession,
    forum: Forum,
    read: ReadSchedule,
    tracks: list[str],
    known: Mapping[UUID, Session],
    diff: _Diff,
) -> None:
    acronym = forum.acronym if forum.acronym is None and read.acronym == acronym_of(forum.title) else read.acronym
    meant: dict[str, Any] = {
        "acronym": acronym,
        "ends_on": read.ends_on,
        "starts_on": read.starts_on,
        "title": read.title,
        "tracks": tracks,
        "zone": read.zone,
    }
    diff.forum = [name for name, value in meant.items() if getattr(forum, name) != value]
    if not diff.forum:
        return
    for name in diff.forum:
        setattr(forum, name, meant[name])
    forums.set_days(forum)
    await forums.changed(session, forum)
    if "zone" in diff.forum:
        # The document says instants: what stays at its instant has another wall time now.
        for one in known.values():
            one.zone = forum.zone
            one.starts, one.fold = wall_time.wall(one.begins_at, one.zone)
            await forums.changed_session(session, one)


async def _rooms(session: AsyncSession, forum: Forum, read: ReadSchedule, diff: _Diff) -> dict[str, Room]:
    c: Any = table_of(Room).c
    ids = set(await session.exec(select(Room.id).where(c.forum_id == forum.id)))
    rooms = {room.name: room for room in (await locked_rooms(session, forum, ids)).values()}
    for name, capacity in read.rooms.items():
        if name not in rooms:
            rooms[name] = await add_to(session, forum, name, capacity)
            diff.rooms.append(name)
        elif capacity is not None and rooms[name].capacity != capacity:
            rooms[name].capacity = capacity
            rooms[name].version += 1
            session.add(rooms[name])
    return rooms


async def _put(
    session: AsyncSession,
    forum: Forum,
    read: ReadSession,
    known: Mapping[UUID, Session],
    rooms: Mapping[str, Room],
    names: Mapping[UUID, str],
    people: Mapping[UUID, str],
    diff: _Diff,
) -> Session:
    """Add or change one session; where it goes in the diff is said there."""
    room = rooms[read.room]
    starts, fold = wall_time.wall(read.begins_at, forum.zone)
    meant: dict[str, Any] = {
        "title": read.title,
        "language": read.language or forum.language,
        "format": read.format,
        "track": read.track,
        "summary": read.summary,
        "description": read.description,
        "speakers": [_speaker(one, people) for one in read.speakers],
    }
    plan = {"room_id": room.id, "starts": starts, "fold": fold, "minutes": read.minutes}
    after = PlanOut(room=read.room, begins_at=read.begins_at, minutes=read.minutes)
    one = known.get(read.guid)
    if one is None:
        one = sessions.new_session(forum, room=room.id, guid=read.guid, **meant, minutes=read.minutes)
        _set(one, plan, read)
        await sessions.put(session, one)
        diff.new.append(ChangeOut(guid=read.guid, title=read.title, before=None, after=after, fields=[]))
        return one
    before = _plan(one, names)
    fields = [name for name, value in meant.items() if _differs(name, getattr(one, name), value)]
    moves = any(getattr(one, name) != value for name, value in plan.items())
    if not (fields or moves or one.cancelled):
        diff.unchanged += 1
        return one
    for name in fields:
        setattr(one, name, meant[name])
    _set(one, plan, read)
    change = ChangeOut(guid=read.guid, title=read.title, before=before, after=after, fields=fields)
    if one.cancelled:
        diff.restored.append(change)
        await sessions.carry_out(session, one, SessionAction.RESTORE, SessionState.SCHEDULED, None, None)
        return one
    (diff.moved if moves else diff.changed).append(change)
    await forums.changed_session(session, one)
    return one


def _set(one: Session, plan: Mapping[str, Any], read: ReadSession) -> None:
    for name, value in plan.items():
        setattr(one, name, value)
    forums.set_rendered(one, read.rendered)
    forums.set_instants(one, f"{read.at}/date")


def _speaker(read: ReadSpeaker, people: Mapping[UUID, str]) -> dict[str, Any]:
    """A person, if they are known here; guids of people elsewhere say nothing."""
    return {"person": str(read.person) if read.person in people else None, "name": read.name}


def _differs(name: str, was: Any, meant: Any) -> bool:
    """Whether a field changes. A person is the same whatever they are called in the document."""
    if name != "speakers":
        return bool(was != meant)
    return [one["person"] or one["name"] for one in was] != [one["person"] or one["name"] for one in meant]


def _plan(one: Session, names: Mapping[UUID, str]) -> PlanOut:
    return PlanOut(room=names[one.room_id], begins_at=one.begins_at, minutes=one.minutes)
