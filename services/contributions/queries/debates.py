"""Debates. A debate is seen where neither it nor what it was opened on was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import debate_policy as policy
from services.contributions import debate_workflow as workflow
from services.contributions.commands.debates import check_visible, phase_of
from services.contributions.debate_statements import url_of_debate
from services.contributions.debate_tables import Argument, Debate
from services.contributions.debate_workflow import Phase
from services.contributions.queries.people import author_names
from services.contributions.schemas.debates import (
    AboutOut,
    DebateOut,
    DebatesOut,
    DebateSummaryOut,
    TallyOut,
)
from services.contributions.schemas.fields import PersonOut
from services.contributions.statements import url_of
from services.contributions.tables import Contribution
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import GONE, NOT_FOUND, Problem
from shared.storage.tables import table_of, utc

D: Any = table_of(Debate).c
C: Any = table_of(Contribution).c
A: Any = table_of(Argument).c

LONGEST_SUMMARY = 280
_LISTED = (
    D.id, D.version, D.language, D.question, func.left(D.introduction_text, 4 * LONGEST_SUMMARY).label("introduction"),
    D.themes, D.territories, D.opens_at, D.closes_at, D.zone, D.updated_at, D.withdrawn_at,
    D.arguments_for, D.arguments_against, D.arguments_nuance, D.replies,
)  # fmt: skip

SEEN: ColumnElement[bool] = and_(D.withdrawn_at.is_(None), or_(D.contribution_id.is_(None), C.state == State.PUBLISHED))
"""A debate that may be seen, joined with its contribution (`JOINED`)."""
JOINED: Any = table_of(Debate).outerjoin(table_of(Contribution), C.id == D.contribution_id)


@dataclass(frozen=True)
class Wanted:
    """Which debates a list shows."""

    phase: str = "any"
    contribution: UUID | None = None
    theme: str | None = None
    territory: str | None = None


async def read(session: AsyncSession, viewer: Principal | None, id: UUID, at: datetime) -> DebateOut:
    """One debate. Raises Problem 404, or 410 once it or what it is about was withdrawn.

    Whoever may look after it can still read one that was withdrawn itself.
    """
    found = await session.get(Debate, id)
    if found is None:
        raise Problem(NOT_FOUND, f"There is no debate {id}.")
    return await whole(session, viewer, found, at)


async def whole(session: AsyncSession, viewer: Principal | None, debate: Debate, at: datetime) -> DebateOut:
    """A debate as this viewer sees it now. Raises Problem 410."""
    parts = policy.parts_of_debate(viewer, debate.opened_by)
    about: Any = None
    try:
        about = await check_visible(session, debate)
    except Problem as problem:
        if problem.kind is not GONE or not parts or debate.withdrawn_at is None:
            raise
    names = await author_names(session, [debate.opened_by])
    phase = phase_of(debate, at)
    actions: list[str] = [str(action) for action in workflow.debate_actions(phase, parts)]
    if parts and phase is not Phase.WITHDRAWN:
        actions.insert(0, "edit")
    if viewer is not None and phase is Phase.OPEN:
        actions.append("argue")
    kept = {"opened_by", "ordinal", "origin", "introduction_text", "contribution_id"}
    fields = debate.model_dump(exclude={*kept, "arguments_for", "arguments_against", "arguments_nuance", "replies"})
    said = select(func.max(A.made_at)).where(A.debate_id == debate.id)
    return DebateOut(
        **fields,
        said_at=(await session.execute(said)).scalar_one(),
        phase=phase,
        summary=summary_of(debate.introduction_text),
        about=AboutOut(id=about.id, title=about.title, url=url_of(about.id, about.title)) if about else None,
        opened_by=PersonOut(id=debate.opened_by, name=names.get(debate.opened_by, "")),
        tally=_tally(debate),
        url=url_of_debate(debate.id, debate.question),
        actions=actions,
    )


async def page(session: AsyncSession, wanted: Wanted, cursor: str | None, limit: int, at: datetime) -> DebatesOut:
    """Debates that may be seen. One query, however long the list is.

    Open ones by their closing, the next first; coming ones by their opening, the next first; closed ones, the last
    first; any, the one opened last first.
    """
    by, rising = _ORDERS[wanted.phase]
    place = (by, D.id)
    query = select(*_LISTED).select_from(JOINED).where(SEEN, *_filters(wanted, at))
    after = _place(cursor)
    if after is not None:
        query = query.where(tuple_(*place) > after if rising else tuple_(*place) < after)
    query = query.order_by(*(one.asc() if rising else one.desc() for one in place)).limit(limit + 1)
    rows = (await session.execute(query)).all()
    more = None
    if len(rows) > limit:
        last = rows[limit - 1]
        more = paging.encode([getattr(last, by.name).isoformat(), str(last.id)])
    return DebatesOut(items=[_summary(row, at) for row in rows[:limit]], next=more)


_ORDERS: dict[str, tuple[Any, bool]] = {
    "open": (D.closes_at, True),
    "scheduled": (D.opens_at, True),
    "closed": (D.closes_at, False),
    "any": (D.opens_at, False),
}


def _filters(wanted: Wanted, at: datetime) -> list[Any]:
    filters: list[Any] = []
    match wanted.phase:
        case "open":
            filters += [D.opens_at <= at, D.closes_at > at]
        case "scheduled":
            filters.append(D.opens_at > at)
        case "closed":
            filters.append(D.closes_at <= at)
    if wanted.contribution is not None:
        filters.append(D.contribution_id == wanted.contribution)
    if wanted.theme is not None:
        filters.append(D.themes.contains([wanted.theme]) if wanted.theme else false())
    if wanted.territory is not None:
        filters.append(D.territories.contains([wanted.territory]) if wanted.territory else false())
    return filters


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    place = paging.decode(cursor, 2)
    if place is None:
        return None
    try:
        return utc(datetime.fromisoformat(place[0])).astimezone(UTC), UUID(place[1])
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise paging.bad_cursor() from None


def _summary(row: Any, at: datetime) -> DebateSummaryOut:
    fields = {name: getattr(row, name) for name in DebateSummaryOut.model_fields if name in row._fields}
    return DebateSummaryOut(
        **fields,
        phase=workflow.phase_at(at, row.opens_at, row.closes_at, row.withdrawn_at),
        summary=summary_of(row.introduction),
        tally=_tally(row),
        url=url_of_debate(row.id, row.question),
    )


def summary_of(text: str) -> str:
    """How a text begins: its first paragraph, cut between words."""
    first = text.strip().partition("\n")[0]
    if len(first) <= LONGEST_SUMMARY:
        return first
    return first[: LONGEST_SUMMARY - 1].rpartition(" ")[0].rstrip(" ,;:.") + "…"


def _tally(counted: Any) -> TallyOut:
    return TallyOut(
        arguments_for=counted.arguments_for,
        arguments_against=counted.arguments_against,
        arguments_nuance=counted.arguments_nuance,
        replies=counted.replies,
    )
