"""Revisions: the public sees those since publication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy
from services.contributions.commands.revisions import PUBLIC
from services.contributions.queries.contributions import C, gone
from services.contributions.queries.people import author_names
from services.contributions.schemas.fields import PersonOut
from services.contributions.schemas.revisions import RevisionsOut, RevisionSummaryOut
from services.contributions.tables import Revision
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.tables import table_of

R: Any = table_of(Revision).c


LAST_NUMBER = 2**31 - 1
"""The largest number a revision can have."""


_REVISION = (R.number, R.at, R.by, R.occasion, R.title, R.reason)


async def revisions(
    session: AsyncSession, viewer: Principal | None, id: UUID, cursor: str | None, limit: int
) -> RevisionsOut:
    """Revisions, newest first: since publication for everybody, all of them for authors and editors.

    Three queries at most. Raises Problem 404, 410.
    """
    inside = await _sees_all_revisions(session, viewer, id)
    query = select(*_REVISION).where(R.contribution_id == id, *([] if inside else [R.occasion.in_(PUBLIC)]))
    place = paging.decode(cursor, 1)
    if place is not None:
        if type(place[0]) is not int or not 0 < place[0] <= LAST_NUMBER:
            raise paging.bad_cursor()
        query = query.where(R.number < place[0])
    rows = (await session.execute(query.order_by(R.number.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    names = await author_names(session, {row.by for row in shown if row.by}) if inside else {}
    return RevisionsOut(
        items=[_summary(row, names, inside) for row in shown],
        next=paging.encode([shown[-1].number]) if len(rows) > limit else None,
    )


async def revision(
    session: AsyncSession, viewer: Principal | None, id: UUID, *numbers: int
) -> list[tuple[RevisionSummaryOut, Revision]]:
    """The revisions of these numbers, in their order. Raises Problem 404, 410."""
    inside = await _sees_all_revisions(session, viewer, id)
    found = await session.exec(select_entity(Revision).where(R.contribution_id == id, R.number.in_(numbers)))
    known = {one.number: one for one in found if inside or one.occasion in PUBLIC}
    for number in numbers:
        if number not in known:
            raise Problem(NOT_FOUND, f"There is no revision {number} of contribution {id} for you.")
    names = await author_names(session, {one.by for one in known.values() if one.by}) if inside else {}
    return [(_summary(known[number], names, inside), known[number]) for number in numbers]


async def _sees_all_revisions(session: AsyncSession, viewer: Principal | None, id: UUID) -> bool:
    row = (
        await session.execute(select(C.state, C.authors, C.withdrawn_at, C.withdrawal_reason).where(C.id == id))
    ).one_or_none()
    if row is None or not policy.may_read(viewer, State(row.state), row.authors):
        if row is not None and row.state == State.WITHDRAWN:
            raise gone(row)
        raise Problem(NOT_FOUND, f"There is no contribution {id}.")
    return bool(policy.parts(viewer, row.authors))


def _summary(row: Any, names: dict[UUID, str], inside: bool) -> RevisionSummaryOut:
    return RevisionSummaryOut(
        number=row.number,
        at=row.at,
        occasion=row.occasion,
        title=row.title,
        reason=row.reason,
        by=PersonOut(id=row.by, name=names.get(row.by, "")) if inside and row.by else None,
    )
