"""Opening, changing and moving forums."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy, statements, wall_time, workflow
from services.events.commands import places
from services.events.commands.booking import settle
from services.events.commands.reaching import check_editable, locked_forum
from services.events.reactions import TERRITORY, THEME
from services.events.schemas.forums import ForumEditIn, ForumIn
from services.events.tables import Forum, KnownLabel, Session, Step, now
from services.events.workflow import Action, State
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, Problem
from shared.messaging.outbox import tell
from shared.rendering import Rendered
from shared.storage.identifiers import new_id
from shared.storage.tables import table_of

_CLEARED = frozenset({"link", "capacity", "acronym"})
"""What ``null`` takes away; of other fields it means that they stay."""
LONGEST_FORUM = 366
"""Days."""


async def create(session: AsyncSession, actor: Principal, new: ForumIn, rendered: Rendered) -> Forum:
    """A new forum, as a draft of the actor's. Raises Problem 403, 409 for an acronym they used, 422."""
    if not policy.may_create(actor):
        raise Problem(FORBIDDEN, "Organizers open forums.")
    await check_labels(session, new.themes, new.territories)
    return await add(session, actor.id, new, rendered)


async def add(
    session: AsyncSession, owner: UUID | None, new: ForumIn, rendered: Rendered, *, id: UUID | None = None
) -> Forum:
    """A new forum whose labels are known; ``id`` is for one that had it elsewhere.

    Raises Problem 422 for days that are none.
    """
    forum = Forum(**new.model_dump(), id=id or new_id(), owner=owner, begins_at=now(), ends_at=now())
    set_days(forum)
    set_rendered(forum, rendered)
    session.add(forum)
    await session.flush()
    return forum


async def edit(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    changes: ForumEditIn,
    rendered: Rendered | None,
) -> Forum:
    """Change a forum. More places promote who waits; another zone moves the instants of its sessions.

    Raises Problem 403, 404, 409, 412, 422.
    """
    forum = await locked_forum(session, actor, id)
    check_editable(forum)
    expected.check(forum.version)
    sent = changes.model_dump(exclude_unset=True)
    named = {name: value for name, value in sent.items() if value is not None or name in _CLEARED}
    await check_labels(session, named.get("themes") or (), named.get("territories") or ())
    if "tracks" in named:
        await _check_tracks(session, forum, named["tracks"])
    # What the calendar entry of each session shows: its time and its place.
    shows = [name for name in ("zone", "venue") if name in named and named[name] != getattr(forum, name)]
    for name, value in named.items():
        setattr(forum, name, value)
    if rendered is not None:
        set_rendered(forum, rendered)
    set_days(forum)
    if forum.state != State.DRAFT:
        _check_text(forum)
    if "capacity" in named:
        await places.promote(session, forum)
    await changed(session, forum)
    if shows:
        await _show_anew(session, forum)
    return forum


async def move(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, action: Action, reason: str | None
) -> Forum:
    """Take a forum to its next state, and its sessions with it. Raises Problem 403, 404, 409, 412, 422."""
    forum = await locked_forum(session, actor, id)
    before = State(forum.state)
    expected.check(forum.version)
    line = workflow.transition(before, action)
    if line is None:
        raise Problem(CONFLICT, f"A forum that is {before} cannot {action}.", extra={"state": before})
    if not policy.parts(actor, forum.owner) & line.who:
        raise Problem(FORBIDDEN, f"To {action} is not yours to do.")
    reason = (reason or "").strip() or None
    if line.needs_reason and reason is None:
        raise Problem(INVALID, errors=[("reason", f"say why: who meant to come is told ({action})")])
    if line.needs_text:
        _check_text(forum)
    await _carry_out(session, forum, action, line.to, actor.id, reason)
    return forum


async def _carry_out(
    session: AsyncSession, forum: Forum, action: Action, to: State, by: UUID, reason: str | None
) -> None:
    session.add(Step(forum_id=forum.id, actor=by, action=action, before=forum.state, after=to, reason=reason))
    forum.state = to
    forum.cancelled_at, forum.cancellation_reason = (now(), reason) if to is State.CANCELLED else (None, None)
    if to is State.PUBLISHED:
        forum.published_at = forum.published_at or now()
    await changed(session, forum)
    for one in await sessions_of(session, forum):
        one.forum_state = to
        await changed_session(session, one)
    await session.flush()


async def changed(session: AsyncSession, forum: Forum) -> None:
    """Note a change of a locked forum, and tell the others if it shows."""
    forum.version += 1
    forum.updated_at = now()
    session.add(forum)
    message = statements.of_forum(forum)
    if message is not None:
        await tell(session, forum, message)
    await session.flush()


async def changed_session(session: AsyncSession, one: Session) -> None:
    """Note a change of a locked session, in its version and for calendars, and tell the others if it shows."""
    one.version += 1
    one.sequence += 1
    one.updated_at = now()
    session.add(one)
    message = statements.of_session(one)
    if message is not None:
        await tell(session, one, message)


async def sessions_of(session: AsyncSession, forum: Forum) -> list[Session]:
    """All sessions of a locked forum, as they are now, locked in one order."""
    c: Any = table_of(Session).c
    query = select_entity(Session).where(c.forum_id == forum.id).order_by(c.id).with_for_update()
    return list(await session.exec(query, execution_options={"populate_existing": True}))


async def check_labels(session: AsyncSession, themes: Iterable[str], territories: Iterable[str]) -> None:
    """Raises Problem 422 naming labels nobody told of."""
    asked = {("themes", THEME): list(themes), ("territories", TERRITORY): list(territories)}
    wanted = [(kind, id) for (_, kind), ids in asked.items() for id in ids]
    if not wanted:
        return
    c: Any = table_of(KnownLabel).c
    rows = await session.execute(select(c.kind, c.id).where(c.id.in_([id for _, id in wanted])))
    known = {(row.kind, row.id) for row in rows}
    errors = [
        (field, f"{id!r} is not known; GET /api/{field} lists those that are")
        for (field, kind), ids in asked.items()
        for id in ids
        if (kind, id) not in known
    ]
    if errors:
        raise Problem(INVALID, errors=errors)


async def _check_tracks(session: AsyncSession, forum: Forum, tracks: list[str]) -> None:
    c: Any = table_of(Session).c
    query = select(c.track).where(c.forum_id == forum.id, c.track.is_not(None), c.track.not_in(tracks)).distinct()
    used = sorted((await session.execute(query)).scalars())
    if used:
        names = ", ".join(repr(one) for one in used)
        raise Problem(INVALID, errors=[("tracks", f"there are sessions in {names}: give them another track first")])


async def _show_anew(session: AsyncSession, forum: Forum) -> None:
    """The wall times of its sessions stay; in another zone they are other instants."""
    moved = await sessions_of(session, forum)
    for one in moved:
        one.zone = forum.zone
        set_instants(one, "zone")
        await changed_session(session, one)
    await settle(session, moved)


def set_instants(one: Session, field: str) -> None:
    """Derive a session's instants from its wall time. Raises Problem 422 naming ``field``."""
    try:
        one.begins_at = wall_time.instant(one.starts, one.fold, one.zone)
    except wall_time.NoSuchTime as error:
        raise Problem(INVALID, errors=[(field, f"{error}; choose another time")]) from error
    one.ends_at = one.begins_at + wall_time.minutes(one.minutes)


def set_days(forum: Forum) -> None:
    """Derive when a forum begins and ends. Raises Problem 422 for days that are none."""
    days = (forum.ends_on - forum.starts_on).days + 1
    if not 1 <= days <= LONGEST_FORUM:
        wrong = "is before the first day" if days < 1 else f"is more than {LONGEST_FORUM} days after the first"
        raise Problem(INVALID, errors=[("ends_on", f"{forum.ends_on} {wrong}; mend one of the two")])
    forum.begins_at = wall_time.midnight(forum.starts_on, forum.zone)
    forum.ends_at = wall_time.midnight(wall_time.day_after(forum.ends_on), forum.zone)


def set_rendered(entity: Forum | Session, rendered: Rendered) -> None:
    """Keep what follows from a description."""
    entity.description_html, entity.text = rendered.html, rendered.text


def _check_text(forum: Forum) -> None:
    missing = []
    if not forum.summary.strip():
        missing.append(("summary", "is still empty; write it before publishing"))
    if not forum.venue and not forum.link:
        missing.append(("venue", "say where it is, or give a link where it is followed from afar"))
    if missing:
        raise Problem(INVALID, "The forum is not complete.", errors=missing)
