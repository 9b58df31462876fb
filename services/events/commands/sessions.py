"""Planning sessions: adding, changing, swapping, cancelling."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import statements, wall_time
from services.events.commands.booking import settle
from services.events.commands.forums import changed_session, set_instants, set_rendered
from services.events.commands.reaching import held_forum, locked_rooms, locked_session
from services.events.schemas.sessions import SessionEditIn, SessionIn, SpeakerIn, SwapIn
from services.events.tables import Forum, Session, Step, now
from services.events.workflow import SESSION_TRANSITIONS, SessionAction, SessionState
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, INVALID, Problem
from shared.messaging.outbox import tell
from shared.rendering import Rendered
from shared.storage.identifiers import new_id


async def add(session: AsyncSession, actor: Principal, id: UUID, new: SessionIn, rendered: Rendered) -> Session:
    """A session of a forum. Raises Problem 403, 404, 409 listing who has the room, 422."""
    forum = await held_forum(session, actor, id)
    await _check(session, forum, new.room, new.track)
    fields = new.model_dump(exclude={"room", "starts_at", "speakers"})
    made = new_session(forum, room=new.room, speakers=_speakers(new.speakers), **fields)
    _set_start(made, new.starts_at)
    set_rendered(made, rendered)
    await put(session, made)
    await settle(session, [made])
    return made


def new_session(forum: Forum, *, room: UUID, guid: UUID | None = None, **fields: Any) -> Session:
    """A session of a forum that has no time yet."""
    id = new_id()
    return Session(
        id=id,
        forum_id=forum.id,
        forum_state=forum.state,
        guid=guid or id,
        room_id=room,
        zone=forum.zone,
        starts=now().replace(tzinfo=None),
        begins_at=now(),
        ends_at=now(),
        **fields,
    )


async def put(session: AsyncSession, made: Session) -> None:
    """Keep a new session, and tell the others if it shows. Whether its room is free is still to be checked."""
    session.add(made)
    message = statements.of_session(made)
    if message is not None:
        await tell(session, made, message)


async def edit(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    session_id: UUID,
    expected: Expected,
    changes: SessionEditIn,
    rendered: Rendered | None,
) -> Session:
    """Change a session. Raises Problem 403, 404, 409 listing who has the room, 412, 422."""
    forum = await held_forum(session, actor, id)
    one = await locked_session(session, forum, session_id)
    expected.check(one.version)
    track = changes.track if "track" in changes.model_fields_set else one.track
    await _check(session, forum, changes.room or one.room_id, track)
    named = changes.model_dump(exclude_none=True, exclude={"room", "starts_at", "speakers", "track"})
    for name, value in named.items():
        setattr(one, name, value)
    one.track, one.room_id = track, changes.room or one.room_id
    if changes.speakers is not None:
        one.speakers = _speakers(changes.speakers)
    if changes.starts_at is not None:
        _set_start(one, changes.starts_at)
    else:
        set_instants(one, "starts_at")
    if rendered is not None:
        set_rendered(one, rendered)
    await changed_session(session, one)
    await settle(session, [one])
    return one


async def swap(session: AsyncSession, actor: Principal, id: UUID, asked: SwapIn) -> tuple[Session, Session]:
    """Have two sessions take each other's room and time; each keeps its length.

    Raises Problem 403, 404, 409 listing the conflicts, 412 when one was changed since, 422.
    """
    if asked.one.id == asked.other.id:
        raise Problem(INVALID, errors=[("other", "name two sessions")])
    forum = await held_forum(session, actor, id)
    found: dict[UUID, Session] = {}
    for named in sorted((asked.one, asked.other), key=lambda one: one.id):
        found[named.id] = await locked_session(session, forum, named.id)
        Expected(frozenset({f'"{named.version}"'})).check(found[named.id].version)
    one, other = found[asked.one.id], found[asked.other.id]
    await locked_rooms(session, forum, {one.room_id, other.room_id})
    place = (one.room_id, one.starts, one.fold)
    one.room_id, one.starts, one.fold = other.room_id, other.starts, other.fold
    other.room_id, other.starts, other.fold = place
    for moved in (one, other):
        set_instants(moved, "one")
        await changed_session(session, moved)
    await settle(session, [one, other])
    return one, other


async def move(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    session_id: UUID,
    expected: Expected,
    action: SessionAction,
    reason: str | None,
) -> Session:
    """Cancel a session, which frees its room, or restore it, if the room is still free.

    Raises Problem 403, 404, 409, 412.
    """
    forum = await held_forum(session, actor, id)
    one = await locked_session(session, forum, session_id)
    before = SessionState.CANCELLED if one.cancelled else SessionState.SCHEDULED
    expected.check(one.version)
    to = SESSION_TRANSITIONS.get((before, action))
    if to is None:
        raise Problem(CONFLICT, f"A session that is {before} cannot {action}.", extra={"state": before})
    await locked_rooms(session, forum, {one.room_id})
    await carry_out(session, one, action, to, actor.id, (reason or "").strip() or None)
    await settle(session, [one])
    return one


async def carry_out(
    session: AsyncSession, one: Session, action: SessionAction, to: SessionState, by: UUID | None, reason: str | None
) -> None:
    """Cancel or restore a locked session. Whether its room is still free is to be checked."""
    before = SessionState.CANCELLED if one.cancelled else SessionState.SCHEDULED
    session.add(
        Step(forum_id=one.forum_id, session_id=one.id, actor=by, action=action, before=before, after=to, reason=reason)
    )
    one.cancelled = to is SessionState.CANCELLED
    one.cancelled_at, one.cancellation_reason = (now(), reason) if one.cancelled else (None, None)
    await changed_session(session, one)


async def _check(session: AsyncSession, forum: Forum, room: UUID, track: str | None) -> None:
    errors = []
    if room not in await locked_rooms(session, forum, {room}):
        errors.append(("room", f"{room} is no room of this forum; GET /api/forums/{forum.id}/rooms lists them"))
    if track is not None and track not in forum.tracks:
        errors.append(("track", f"{track!r} is no track of this forum; add it to the forum first"))
    if errors:
        raise Problem(INVALID, errors=errors)


def _set_start(one: Session, at: Any) -> None:
    try:
        one.starts, one.fold = wall_time.said(at, one.zone)
    except (wall_time.NoSuchTime, OverflowError) as error:
        raise Problem(INVALID, errors=[("starts_at", f"{error}; choose another time")]) from error
    set_instants(one, "starts_at")


def _speakers(speakers: list[SpeakerIn]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in speakers]
