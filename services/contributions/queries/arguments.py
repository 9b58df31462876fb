"""Arguments as each reader may see them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, cast, func, or_, select, true, tuple_
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import debate_policy as policy
from services.contributions import debate_workflow as workflow
from services.contributions.charter import Rule
from services.contributions.commands.arguments import check_seen
from services.contributions.commands.debates import check_visible, phase_of
from services.contributions.debate_statements import url_of_argument, url_of_debate
from services.contributions.debate_tables import Argument, Debate, Endorsement
from services.contributions.debate_workflow import ArgumentAction, ArgumentState, Phase, Position
from services.contributions.queries.people import author_names
from services.contributions.schemas.arguments import (
    ArgumentOut,
    ArgumentsOut,
    DebateRefOut,
    Order,
    RecentOut,
    RecentsOut,
    SpokenOut,
)
from services.contributions.schemas.fields import PersonOut
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.among import among
from shared.storage.tables import table_of

A: Any = table_of(Argument).c
FIRST_REPLIES = 3
"""Replies shown with the argument they answer."""
LARGEST_COUNT = 2**31 - 1


@dataclass(frozen=True)
class Wanted:
    """Which arguments a list shows, and how."""

    order: Order = Order.ENDORSEMENTS
    position: Position | None = None
    answers: UUID | None = None
    """Replies to this one; None for arguments."""


@dataclass(frozen=True)
class Spoken:
    """An argument with its debate, and whether what it answers may be read."""

    argument: Argument
    debate: Debate


async def read(session: AsyncSession, viewer: Principal | None, id: UUID, at: datetime) -> ArgumentOut:
    """One argument, with its first replies. Raises Problem 404, or 410 for what is not there any more."""
    argument = await session.get(Argument, id)
    if argument is None:
        raise Problem(NOT_FOUND, f"There is no argument {id}.")
    debate = await _debate(session, argument.debate_id)
    answered = await session.get(Argument, argument.answers) if argument.answers else None
    if argument.state == ArgumentState.TAKEN_BACK or answered is not None:
        # What is hidden itself is shown to everybody as hidden; what hangs under it is not shown.
        check_seen(viewer, answered, argument if argument.state == ArgumentState.TAKEN_BACK else answered or argument)
    (shown,) = await with_replies(session, viewer, [Spoken(argument, debate)], at)
    return shown


async def page(
    session: AsyncSession,
    viewer: Principal | None,
    debate_id: UUID,
    wanted: Wanted,
    cursor: str | None,
    limit: int,
    at: datetime,
) -> ArgumentsOut:
    """A page of a debate's arguments, or of the replies to one. As many queries for ten thousand as for ten.

    Those hidden by moderators keep their place, without what they said. Raises Problem 404, 410.
    """
    debate = await _debate(session, debate_id)
    query = select_entity(Argument).where(A.debate_id == debate_id, A.state != ArgumentState.TAKEN_BACK)
    if wanted.answers is None:
        query = query.where(A.answers.is_(None))
    else:
        answered = await session.get(Argument, wanted.answers)
        if answered is None or answered.debate_id != debate_id:
            raise Problem(NOT_FOUND, f"There is no argument {wanted.answers} in this debate.")
        check_seen(viewer, None, answered)
        query = query.where(A.answers == wanted.answers)
    if wanted.position is not None:
        query = query.where(A.position == wanted.position)
    query, key = _ordered(query, wanted.order, cursor)
    found = (await session.exec(query.limit(limit + 1))).all()
    more = paging.encode(key(found[limit - 1])) if len(found) > limit else None
    items = await with_replies(session, viewer, [Spoken(one, debate) for one in found[:limit]], at)
    return ArgumentsOut(items=items, next=more)


async def mine(
    session: AsyncSession, viewer: Principal, cursor: str | None, limit: int, at: datetime, *, hidden: bool
) -> ArgumentsOut:
    """What the bearer said, newest first; with ``hidden`` only what moderators hid."""
    states = [ArgumentState.HIDDEN] if hidden else [ArgumentState.SHOWN, ArgumentState.HIDDEN]
    query = select_entity(Argument, Debate).join(Debate, A.debate_id == table_of(Debate).c.id)
    query = query.where(A.author == viewer.id, among(A.state, states))
    query, key = _ordered(query, Order.NEWEST, cursor)
    found = (await session.exec(query.limit(limit + 1))).all()
    more = paging.encode(key(found[limit - 1][0])) if len(found) > limit else None
    spoken = [Spoken(argument, debate) for argument, debate in found[:limit]]
    return ArgumentsOut(items=await with_replies(session, viewer, spoken, at), next=more)


async def recent(session: AsyncSession, debate_id: UUID, since: datetime, limit: int) -> RecentsOut:
    """What was said from an instant on and may be seen, replies too, oldest first. Raises Problem 404, 410."""
    await _debate(session, debate_id)
    answered: Any = table_of(Argument).alias("answered")
    query = (
        select(A.id, A.answers, A.made_at)
        .select_from(table_of(Argument).outerjoin(answered, answered.c.id == A.answers))
        .where(A.debate_id == debate_id, A.made_at >= since, A.state == ArgumentState.SHOWN)
        .where(or_(A.answers.is_(None), answered.c.state == ArgumentState.SHOWN))
        .order_by(A.made_at, A.id)
        .limit(limit)
    )
    rows = (await session.execute(query)).all()
    return RecentsOut(items=[RecentOut(id=row.id, answers=row.answers, made_at=row.made_at) for row in rows])


async def with_replies(
    session: AsyncSession, viewer: Principal | None, spoken: Sequence[Spoken], at: datetime
) -> list[ArgumentOut]:
    """Arguments with their first replies, as this viewer sees them; three queries however many there are."""
    debates = {one.argument.id: one.debate for one in spoken}
    replies = await _first_replies(session, viewer, [one.argument for one in spoken])
    everything = [*spoken, *(Spoken(one, debates[one.answers]) for one in replies if one.answers)]
    shown = await as_seen(session, viewer, everything, at)
    below: dict[UUID, list[SpokenOut]] = {id: [] for id in debates}
    for one in shown[len(spoken) :]:
        assert one.answers is not None
        below[one.answers].append(one)
    return [ArgumentOut(**dict(one), first_replies=below[one.id]) for one in shown[: len(spoken)]]


async def as_seen(
    session: AsyncSession, viewer: Principal | None, spoken: Sequence[Spoken], at: datetime
) -> list[SpokenOut]:
    """Each as this viewer may see it; two queries however many there are."""
    readable = {
        one.argument.id: policy.may_read(viewer, ArgumentState(one.argument.state), one.argument.author)
        for one in spoken
    }
    names = await author_names(session, {one.argument.author for one in spoken if readable[one.argument.id]})
    endorsed = await _endorsed(session, viewer, list(readable))
    return [_seen(viewer, one, readable[one.argument.id], names, one.argument.id in endorsed, at) for one in spoken]


def _seen(
    viewer: Principal | None, spoken: Spoken, readable: bool, names: dict[UUID, str], endorsed: bool, at: datetime
) -> SpokenOut:
    argument, debate = spoken.argument, spoken.debate
    phase = phase_of(debate, at)
    moderator = policy.is_moderator(viewer)
    return SpokenOut(
        id=argument.id,
        version=argument.version,
        debate=DebateRefOut(
            id=debate.id, question=debate.question, url=url_of_debate(debate.id, debate.question), phase=phase
        ),
        answers=argument.answers,
        position=Position(argument.position) if argument.position else None,
        state=ArgumentState(argument.state),
        language=argument.language,
        body=argument.body if readable else None,
        body_html=argument.body_html if readable else None,
        author=PersonOut(id=argument.author, name=names.get(argument.author, "")) if readable else None,
        made_at=argument.made_at,
        edited_at=argument.edited_at if readable else None,
        hidden_at=argument.hidden_at,
        rule=Rule(argument.rule) if argument.rule else None,
        reason=argument.reason if readable else None,
        endorsements=argument.endorsements,
        replies=argument.replies if readable else 0,
        reports=argument.reports if moderator else None,
        endorsed=endorsed,
        mine=viewer is not None and viewer.id == argument.author,
        url=url_of_argument(debate.id, argument.id, argument.answers),
        actions=_actions(viewer, argument, phase, at),
    )


def _actions(viewer: Principal | None, argument: Argument, phase: Phase, at: datetime) -> list[str]:
    if viewer is None:
        return []
    state, own = ArgumentState(argument.state), viewer.id == argument.author
    possible = workflow.argument_actions(state, policy.parts_of_argument(viewer, argument.author))
    if phase is not Phase.OPEN or not policy.may_rewrite(at, argument.made_at, argument.endorsements, argument.replies):
        possible = [one for one in possible if one is not ArgumentAction.EDIT]
    if not argument.reports:
        possible = [one for one in possible if one is not ArgumentAction.DISMISS]
    actions = [str(one) for one in possible]
    if state is ArgumentState.SHOWN:
        actions += [] if own else ["report"]
        if phase is Phase.OPEN:
            actions += (["reply"] if argument.answers is None else []) + ([] if own else ["endorse"])
    return actions


async def _debate(session: AsyncSession, id: UUID) -> Debate:
    debate = await session.get(Debate, id)
    if debate is None:
        raise Problem(NOT_FOUND, f"There is no debate {id}.")
    await check_visible(session, debate)
    return debate


async def _first_replies(
    session: AsyncSession, viewer: Principal | None, arguments: Sequence[Argument]
) -> Sequence[Argument]:
    """The first replies to each of those whose text the viewer may read, oldest first."""
    ids = [
        one.id
        for one in arguments
        if one.answers is None and policy.may_read(viewer, ArgumentState(one.state), one.author)
    ]
    if not ids:
        return []
    answered = select(func.unnest(cast(ids, ARRAY(Uuid))).label("id")).subquery()
    first = (
        select(A.id)
        .where(and_(A.answers == answered.c.id, A.state != ArgumentState.TAKEN_BACK))
        .order_by(A.id)
        .limit(FIRST_REPLIES)
        .lateral()
    )
    query = select_entity(Argument).where(A.id.in_(select(first.c.id).select_from(answered.join(first, true()))))
    return (await session.exec(query.order_by(A.id))).all()


async def _endorsed(session: AsyncSession, viewer: Principal | None, ids: list[UUID]) -> set[UUID]:
    if viewer is None or not ids:
        return set()
    table: Any = table_of(Endorsement)
    query = select(table.c.argument_id).where(table.c.person == viewer.id, among(table.c.argument_id, ids))
    return set((await session.execute(query)).scalars())


def _ordered(query: Any, order: Order, cursor: str | None) -> tuple[Any, Any]:
    """The query in an order from a place on, and what makes a place of a row."""
    if order is Order.ENDORSEMENTS:
        place = paging.decode(cursor, 2)
        query = query.order_by(A.endorsements.desc(), A.id.desc())
        if place is not None:
            query = query.where(tuple_(A.endorsements, A.id) < (_count(place[0]), _id(place[1])))
        return query, lambda row: [row.endorsements, str(row.id)]
    place = paging.decode(cursor, 1)
    newest = order is Order.NEWEST
    query = query.order_by(A.id.desc() if newest else A.id)
    if place is not None:
        query = query.where(A.id < _id(place[0]) if newest else A.id > _id(place[0]))
    return query, lambda row: [str(row.id)]


def _count(said: Any) -> int:
    if type(said) is not int or not 0 <= said <= LARGEST_COUNT:
        raise paging.bad_cursor()
    return said


def _id(said: Any) -> UUID:
    try:
        return UUID(said)
    except (ValueError, TypeError, AttributeError):
        raise paging.bad_cursor() from None
