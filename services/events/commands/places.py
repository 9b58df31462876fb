"""Registering for a forum: places, and the waiting list. All of it under the lock of the forum's row."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events import policy
from services.events.commands.reaching import no_forum
from services.events.schemas.registrations import RegistrationState
from services.events.tables import Forum, Registration, now
from services.events.workflow import State
from shared.auth.principal import Principal
from shared.http.problems import CONFLICT, Problem
from shared.storage.locks import lock
from shared.storage.tables import table_of

R: Any = table_of(Registration).c


async def register(session: AsyncSession, actor: Principal, id: UUID) -> Registration:
    """Give somebody a place, or the next one in the waiting list; who has one keeps it. Raises Problem 404, 409."""
    forum = await _open_forum(session, actor, id)
    known = await session.get(Registration, (id, actor.id), populate_existing=True)
    if known is not None and known.state != RegistrationState.CANCELLED:
        return known
    check_open(forum)
    free = await _free(session, forum)
    state = RegistrationState.REGISTERED if free is None or free > 0 else RegistrationState.WAITING
    forum.numbered += 1
    forum.counts_owed = True
    registration = known or Registration(forum_id=id, person=actor.id, number=0, state=state)
    registration.number, registration.state, registration.at = forum.numbered, state, now()
    registration.promoted_at = registration.cancelled_at = None
    session.add_all((forum, registration))
    await session.flush()
    return registration


async def cancel(session: AsyncSession, actor: Principal, id: UUID) -> None:
    """Give one's place back: the first who waits gets it. Nothing happens to who has none. Raises Problem 404."""
    forum = await lock(session, Forum, id)
    known = await session.get(Registration, (id, actor.id), populate_existing=True)
    if forum is None or (known is None and not policy.may_read(actor, State(forum.state), forum.owner)):
        raise no_forum(id)
    if known is None or known.state == RegistrationState.CANCELLED:
        return
    known.state, known.cancelled_at = RegistrationState.CANCELLED, now()
    forum.counts_owed = True
    session.add_all((forum, known))
    await session.flush()
    await promote(session, forum)


async def promote(session: AsyncSession, forum: Forum) -> int:
    """Give the free places of a locked forum to those who wait, in their order; how many got one."""
    free = await _free(session, forum)
    query = (
        select_entity(Registration)
        .where(R.forum_id == forum.id, R.state == RegistrationState.WAITING)
        .order_by(R.number)
        .limit(free if free is None else max(free, 0))
    )
    promoted = list(await session.exec(query, execution_options={"populate_existing": True}))
    for one in promoted:
        one.state, one.promoted_at = RegistrationState.REGISTERED, now()
        session.add(one)
    await session.flush()
    return len(promoted)


def check_open(forum: Forum) -> None:
    """Raises Problem 409 for a forum nobody can register for (any more)."""
    why = closed(forum)
    if why is not None:
        raise Problem(CONFLICT, f"Nobody can register for it: the forum {why}.", extra={"state": forum.state})


def closed(forum: Any) -> str | None:
    """Why nobody can register for a forum now; None when one can."""
    if forum.state != State.PUBLISHED:
        return "was cancelled" if forum.state == State.CANCELLED else "is not published"
    return "is over" if forum.ends_at <= now() else None


async def _open_forum(session: AsyncSession, actor: Principal, id: UUID) -> Forum:
    forum = await lock(session, Forum, id)
    if forum is None or not policy.may_read(actor, State(forum.state), forum.owner):
        raise no_forum(id)
    return forum


async def _free(session: AsyncSession, forum: Forum) -> int | None:
    """Free places; None for as many as like. Below none when the capacity was lowered."""
    if forum.capacity is None:
        return None
    query = select(func.count()).where(R.forum_id == forum.id, R.state == RegistrationState.REGISTERED)
    return forum.capacity - int((await session.execute(query)).scalar_one())
