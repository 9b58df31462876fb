"""What waits for moderators, and the public record of what they decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.charter import Rule
from services.contributions.debate_tables import Argument, Debate, ModerationStep, Report
from services.contributions.debate_workflow import ArgumentAction
from services.contributions.queries.arguments import Spoken, as_seen
from services.contributions.queries.debates import SEEN
from services.contributions.schemas.arguments import RecordOut, ReportedOut, ReportOut, ReportsOut, RuleRecordOut
from services.contributions.tables import Contribution
from shared.auth.principal import Principal
from shared.http import paging
from shared.storage.tables import table_of

R: Any = table_of(Report).c


async def report(session: AsyncSession, id: UUID) -> ReportOut:
    """A report just made."""
    found = await session.get(Report, id)
    assert found is not None
    return _out(found)


async def reports(
    session: AsyncSession, viewer: Principal, cursor: str | None, limit: int, at: datetime, *, settled: bool
) -> ReportsOut:
    """Reports that wait, oldest first; or those settled, newest first. What nobody can read any more is left out."""
    debate, contribution = table_of(Debate), table_of(Contribution)
    query = (
        select_entity(Report, Argument, Debate)
        .join(Argument, R.argument_id == table_of(Argument).c.id)
        .join(Debate, table_of(Argument).c.debate_id == debate.c.id)
        .outerjoin(Contribution, debate.c.contribution_id == contribution.c.id)
        .where(SEEN, R.settled_at.is_not(None) if settled else R.settled_at.is_(None))
        .where(table_of(Argument).c.state != "taken_back")
    )
    place = paging.decode(cursor, 1)
    if place is not None:
        try:
            last = UUID(place[0])
        except (ValueError, TypeError, AttributeError):
            raise paging.bad_cursor() from None
        query = query.where(R.id < last if settled else R.id > last)
    rows = (await session.exec(query.order_by(R.id.desc() if settled else R.id).limit(limit + 1))).all()
    shown = rows[:limit]
    spoken = await as_seen(session, viewer, [Spoken(argument, debate) for _, argument, debate in shown], at)
    return ReportsOut(
        items=[
            ReportedOut(**_out(found).model_dump(), about=about)
            for (found, _, _), about in zip(shown, spoken, strict=True)
        ],
        next=paging.encode([str(shown[-1][0].id)]) if len(rows) > limit else None,
    )


async def record(session: AsyncSession) -> RecordOut:
    """How often which rule was applied. Two queries."""
    table: Any = table_of(ModerationStep)
    counted = await session.execute(
        select(table.c.rule, table.c.action, func.count().label("times")).group_by(table.c.rule, table.c.action)
    )
    times = {(row.rule, row.action): row.times for row in counted}
    waiting = await session.execute(select(func.count()).select_from(Report).where(R.settled_at.is_(None)))
    return RecordOut(
        rules=[
            RuleRecordOut(
                rule=rule,
                hidden=times.get((rule, ArgumentAction.HIDE), 0),
                restored=times.get((rule, ArgumentAction.RESTORE), 0),
            )
            for rule in Rule
        ],
        dismissed=times.get((None, ArgumentAction.DISMISS), 0),
        waiting=waiting.scalar_one(),
    )


def _out(found: Report) -> ReportOut:
    return ReportOut(
        id=found.id,
        argument=found.argument_id,
        rule=Rule(found.rule),
        note=found.note,
        at=found.at,
        settled_at=found.settled_at,
        outcome=found.outcome,
    )
