"""Saying that an argument breaks a rule, and having done with what was said."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.debate_tables import Argument, Report
from services.contributions.schemas.arguments import ReportIn
from services.contributions.tables import now
from shared.auth.principal import Principal
from shared.http.problems import FORBIDDEN, Problem
from shared.storage.identifiers import new_id
from shared.storage.tables import table_of

Outcome = Literal["upheld", "dismissed", "moot"]


async def report(session: AsyncSession, actor: Principal, argument: Argument, said: ReportIn) -> UUID:
    """Report an argument the caller has locked; the id of the report that waits now.

    Whoever reports it again while the first report waits adds nothing. Raises Problem 403 for one's own.
    """
    if argument.author == actor.id:
        raise Problem(FORBIDDEN, "What is your own can be taken back.")
    table = table_of(Report)
    row = {
        "id": new_id(),
        "argument_id": argument.id,
        "by": actor.id,
        "rule": said.rule,
        "note": said.note.strip(),
        "at": now(),
    }
    waiting = table.c.settled_at.is_(None)
    adding = insert(table).values(row).on_conflict_do_nothing(index_elements=["argument_id", "by"], index_where=waiting)
    added: UUID | None = (await session.execute(adding.returning(table.c.id))).scalar_one_or_none()
    if added is not None:
        argument.reports += 1
        session.add(argument)
        await session.flush()
        return added
    first = select(table.c.id).where(table.c.argument_id == argument.id, table.c.by == actor.id, waiting)
    known: UUID = (await session.execute(first)).scalar_one()
    return known


async def settle(session: AsyncSession, argument: Argument, outcome: Outcome) -> None:
    """Have done with all reports of a locked argument that wait."""
    table = table_of(Report)
    waiting = (table.c.argument_id == argument.id) & table.c.settled_at.is_(None)
    await session.execute(update(table).where(waiting).values(settled_at=now(), outcome=outcome))
    argument.reports = 0


async def settle_below(session: AsyncSession, argument: Argument) -> None:
    """Have done with the reports of what answered an argument that is taken back: nobody can read it any more."""
    table, replies = table_of(Report), table_of(Argument)
    below = select(replies.c.id).where(replies.c.answers == argument.id, replies.c.reports > 0)
    waiting = table.c.argument_id.in_(below) & table.c.settled_at.is_(None)
    await session.execute(update(table).where(waiting).values(settled_at=now(), outcome="moot"))
    reported = (replies.c.answers == argument.id) & (replies.c.reports > 0)
    await session.execute(update(replies).where(reported).values(reports=0))
