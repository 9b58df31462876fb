"""Arguing, answering, endorsing, taking back.

Whoever changes an argument locks its debate first, then what it answers, then the argument itself: two commands never
wait for each other, and the counts on debate and argument are exact. A debate's phase is judged under its lock, by the
instant at which the request arrived.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import debate_policy as policy
from services.contributions import debate_workflow as workflow
from services.contributions.commands import debates
from services.contributions.commands.reports import settle, settle_below
from services.contributions.debate_statements import of_argument
from services.contributions.debate_tables import Argument, Debate, Endorsement
from services.contributions.debate_workflow import ArgumentAction, ArgumentState, Phase
from services.contributions.schemas.arguments import ArgumentIn
from services.contributions.tables import now
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.rendering import Rendered
from shared.storage.locks import lock
from shared.storage.tables import table_of


async def argue(
    session: AsyncSession, actor: Principal, debate_id: UUID, said: ArgumentIn, rendered: Rendered, arrived: datetime
) -> Argument:
    """Say something in a debate that is open. Raises Problem 404, 409, 410, 422."""
    debate = await debates.locked(session, debate_id)
    check_open(debate, arrived)
    if not rendered.text.strip():
        raise Problem(INVALID, errors=[("body", "write something that can be read")])
    answered = await _answered(session, debate, said)
    argument = Argument(
        debate_id=debate.id,
        answers=said.answers,
        position=said.position,
        language=debate.language,
        body=said.body,
        body_html=rendered.html,
        text=rendered.text,
        author=actor.id,
    )
    session.add(argument)
    count(debate, argument, answered, 1)
    await session.flush()
    await tell(session, argument, of_argument(argument))
    await session.flush()
    return argument


async def edit(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, body: str, rendered: Rendered, at: datetime
) -> Argument:
    """Say it better: soon, and before others have agreed or answered. Raises Problem 403, 404, 409, 410, 412, 422."""
    debate, _, argument = await locked(session, actor, id)
    _line(actor, argument, ArgumentAction.EDIT)
    expected.check(argument.version)
    check_open(debate, at)
    if not rendered.text.strip():
        raise Problem(INVALID, errors=[("body", "write something that can be read")])
    if not policy.may_rewrite(at, argument.made_at, argument.endorsements, argument.replies):
        raise Problem(CONFLICT, "It has been answered, endorsed, or stood for too long: take it back, or answer it.")
    argument.body, argument.body_html, argument.text = body, rendered.html, rendered.text
    argument.edited_at = now()
    await changed(session, argument)
    return argument


async def take_back(session: AsyncSession, actor: Principal, id: UUID, expected: Expected) -> None:
    """Its author does not say it any more; what answered it goes with it. Raises Problem 403, 404, 410, 412."""
    debate, answered, argument = await locked(session, actor, id)
    _line(actor, argument, ArgumentAction.TAKE_BACK)
    expected.check(argument.version)
    if argument.state == ArgumentState.SHOWN:
        count(debate, argument, answered, -1)
    argument.state, argument.taken_back_at = ArgumentState.TAKEN_BACK, now()
    argument.hidden_at = argument.rule = argument.reason = None
    await settle(session, argument, "moot")
    await settle_below(session, argument)
    await changed(session, argument)


async def endorse(session: AsyncSession, actor: Principal, id: UUID, arrived: datetime, *, endorsed: bool) -> Argument:
    """Endorse an argument, or no longer; said twice it changes nothing. Raises Problem 403, 404, 409, 410."""
    argument = await _endorsable(session, actor, id, arrived)
    table = table_of(Endorsement)
    changes: Any
    if endorsed:
        row = {"argument_id": id, "person": actor.id, "at": now()}
        changes = insert(table).values(row).on_conflict_do_nothing().returning(table.c.person)
    else:
        changes = delete(table).where(table.c.argument_id == id, table.c.person == actor.id).returning(table.c.person)
    if (await session.execute(changes)).first() is not None:
        argument.endorsements += 1 if endorsed else -1
        argument.counts_owed = True
        session.add(argument)
        await session.flush()
    return argument


async def locked(session: AsyncSession, actor: Principal, id: UUID) -> tuple[Debate, Argument | None, Argument]:
    """A debate, what is answered in it, and the argument, in the order in which everybody locks them.

    Raises Problem 404; 410 for what is not there any more.
    """
    table = table_of(Argument)
    known = (await session.execute(select(table.c.debate_id, table.c.answers).where(table.c.id == id))).one_or_none()
    if known is None:
        raise Problem(NOT_FOUND, f"There is no argument {id}.")
    debate = await debates.locked(session, known.debate_id)
    answered = await lock(session, Argument, known.answers) if known.answers else None
    argument = await lock(session, Argument, id)
    assert argument is not None, "arguments are never deleted"
    check_seen(actor, answered, argument)
    return debate, answered, argument


def check_seen(actor: Principal | None, answered: Argument | None, argument: Argument) -> None:
    """Raises Problem 410 for what nobody may see any more, 404 for what was hidden from this reader."""
    for one in (answered, argument):
        if one is None or policy.may_read(actor, ArgumentState(one.state), one.author):
            continue
        if one.state == ArgumentState.TAKEN_BACK:
            raise Problem(GONE, "It was taken back by its author.")
        raise Problem(NOT_FOUND, f"There is no argument {argument.id} to be seen.")


def check_open(debate: Debate, at: datetime) -> None:
    """Raises Problem 409 with the ``phase`` unless a debate is open at an instant."""
    phase = debates.phase_of(debate, at)
    if phase is not Phase.OPEN:
        raise Problem(
            CONFLICT,
            f"The debate is {phase}.",
            extra={
                "phase": phase,
                "opens_at": debate.opens_at.isoformat(),
                "closes_at": debate.closes_at.isoformat(),
            },
        )


def count(debate: Debate, argument: Argument, answered: Argument | None, by: int) -> None:
    """Count an argument that is seen from now on (``by`` 1) or not any more (-1), with the replies it has."""
    if answered is None:
        name = f"arguments_{argument.position}"
        setattr(debate, name, getattr(debate, name) + by)
        debate.replies += by * argument.replies
        return
    answered.replies += by
    if answered.state == ArgumentState.SHOWN:
        debate.replies += by


async def changed(session: AsyncSession, argument: Argument) -> None:
    """Note a change of a locked argument, and tell the others."""
    argument.version += 1
    await tell(session, argument, of_argument(argument))
    await session.flush()


def _line(actor: Principal, argument: Argument, action: ArgumentAction) -> workflow.Transition:
    """The line of the table. Raises Problem 403, 409."""
    line = workflow.argument_transition(ArgumentState(argument.state), action)
    if line is None:
        raise Problem(CONFLICT, f"What is {argument.state} cannot {action}.", extra={"state": argument.state})
    if not policy.parts_of_argument(actor, argument.author) & line.who:
        raise Problem(FORBIDDEN, f"To {action} is not yours to do.")
    return line


async def _answered(session: AsyncSession, debate: Debate, said: ArgumentIn) -> Argument | None:
    if said.answers is None:
        if said.position is None:
            raise Problem(INVALID, errors=[("position", "say for, against or nuance")])
        return None
    if said.position is not None:
        raise Problem(INVALID, errors=[("position", "a reply has none; leave it out")])
    answered = await lock(session, Argument, said.answers)
    if answered is None or answered.debate_id != debate.id or answered.state != ArgumentState.SHOWN:
        raise Problem(INVALID, errors=[("answers", "is not an argument of this debate that can be read")])
    if answered.answers is not None:
        raise Problem(INVALID, errors=[("answers", "is a reply; answer the argument that it replies to")])
    return answered


async def _endorsable(session: AsyncSession, actor: Principal, id: UUID, arrived: datetime) -> Argument:
    """An argument that may be endorsed now, locked; its debate is held so that it does not close meanwhile."""
    table, debate_table = table_of(Argument), table_of(Debate)
    known = (await session.execute(select(table.c.debate_id, table.c.answers).where(table.c.id == id))).one_or_none()
    if known is None:
        raise Problem(NOT_FOUND, f"There is no argument {id}.")
    held = select(debate_table.c.id).where(debate_table.c.id == known.debate_id).with_for_update(read=True)
    await session.execute(held)
    debate = await session.get(Debate, known.debate_id, populate_existing=True)
    assert debate is not None
    await debates.check_visible(session, debate)
    answered = await session.get(Argument, known.answers) if known.answers else None
    argument = await lock(session, Argument, id)
    assert argument is not None
    check_seen(None, answered, argument)
    check_open(debate, arrived)
    if argument.author == actor.id:
        raise Problem(FORBIDDEN, "Others endorse what you say.")
    return argument
