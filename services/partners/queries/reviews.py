"""Reading reviewers, reviews and declared conflicts.

Who has an interest sees nothing, and what they wrote is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import conflicts, scoring, workflow
from services.partners.conflicts import Interest
from services.partners.queries import applications, calls, evaluations, organizations, standing
from services.partners.queries.paging import names_of, page, person
from services.partners.schemas.reviews import (
    ConflictOut,
    ConflictsOut,
    MyReviewOut,
    MyReviewsOut,
    ReviewerOut,
    ReviewersOut,
    ReviewOut,
    ReviewsOut,
    ReviewState,
)
from services.partners.tables import Application, Assignment, Call, DeclaredConflict, Organization, Review, now
from services.partners.workflow import Part
from shared.auth.principal import Principal
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.tables import table_of

A: Any = table_of(Application).c
C: Any = table_of(Call).c
D: Any = table_of(DeclaredConflict).c
G: Any = table_of(Assignment).c
ORG: Any = table_of(Organization).c
R: Any = table_of(Review).c
_LISTED = (*R, C.criteria, C.top_score, A.state.label("application_state"))


async def reviewers(session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int) -> ReviewersOut:
    """Who reviews it, and who may not any more; for who runs the call. Raises Problem 404."""
    await _check(session, viewer, id, Part.RUNNER)
    query = (
        select(G.reviewer, G.at, R.state, conflicts.interest(G.reviewer, A.organization_id).label("interest"))
        .join(Application, A.id == G.application_id)
        .outerjoin(Review, and_(R.application_id == G.application_id, R.reviewer == G.reviewer))
        .where(G.application_id == id)
    )
    rows, more = await page(session, query, G.at, G.reviewer, cursor, limit)
    names = await names_of(session, [row.reviewer for row in rows])
    found = await evaluations.of_applications(session, [id])
    return ReviewersOut(
        items=[
            ReviewerOut(
                person=person(row.reviewer, names),
                at=row.at,
                conflict=None if row.interest is None else Interest(row.interest),
                review=row.state if row.interest is None else None,
            )
            for row in rows
        ],
        evaluation=found.get(id, evaluations.NONE),
        next=more,
    )


async def of_application(
    session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int
) -> ReviewsOut:
    """Its submitted reviews for who runs the call; their own for its reviewers. Raises Problem 404."""
    parts = await _check(session, viewer, id, Part.RUNNER, Part.REVIEWER)
    query = _reviews().where(R.application_id == id)
    if Part.RUNNER in parts:
        query = query.where(
            (R.reviewer == viewer.id) | (R.state == ReviewState.SUBMITTED),
            standing.assigned(R.reviewer, R.application_id),
            conflicts.interest(R.reviewer, A.organization_id).is_(None),
        )
    else:
        query = query.where(R.reviewer == viewer.id)
    rows, more = await page(session, query, R.created_at, R.id, cursor, limit)
    names = await names_of(session, [row.reviewer for row in rows])
    return ReviewsOut(items=[_review(row, names, viewer) for row in rows], next=more)


async def read(session: AsyncSession, viewer: Principal, id: UUID) -> ReviewOut:
    """One review: one's own while one may review, a submitted one for who runs the call. Raises Problem 404."""
    runner = (R.state == ReviewState.SUBMITTED) & standing.runner(viewer)
    own = (R.reviewer == viewer.id) & standing.reviewer(viewer)
    query = _reviews().where(
        R.id == id,
        own | runner,
        standing.assigned(R.reviewer, R.application_id),
        conflicts.interest(R.reviewer, A.organization_id).is_(None),
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, f"There is no review {id} for you.")
    return _review(row, await names_of(session, [row.reviewer]), viewer)


async def mine(session: AsyncSession, viewer: Principal, cursor: str | None, limit: int) -> MyReviewsOut:
    """What waits for the viewer's review, or has it; the last assigned first. One query."""
    query = (
        select(
            *applications.LISTED,
            *calls.REF,
            *organizations.REF,
            G.at.label("assigned_at"),
            R.id.label("review_id"),
            R.state.label("review_state"),
        )
        .join(Call, A.call_id == C.id)
        .join(Organization, A.organization_id == ORG.id)
        .join(Assignment, and_(G.application_id == A.id, G.reviewer == viewer.id))
        .outerjoin(Review, and_(R.application_id == A.id, R.reviewer == viewer.id))
        .where(standing.reviewer(viewer))
    )
    rows, more = await page(session, query, G.at, A.id, cursor, limit)
    at = now()
    items = [
        MyReviewOut(
            application=applications.summary(row, None, at),
            assigned_at=row.assigned_at,
            review=row.review_id,
            state=row.review_state,
        )
        for row in rows
    ]
    return MyReviewsOut(items=items, next=more)


async def declared(session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int) -> ConflictsOut:
    """Who declared an interest in its organization; for who runs the call. Raises Problem 404."""
    await _check(session, viewer, id, Part.RUNNER)
    query = select(*D).join(Application, A.organization_id == D.organization_id).where(A.id == id)
    rows, more = await page(session, query, D.at, D.person, cursor, limit)
    names = await names_of(session, [row.person for row in rows])
    return ConflictsOut(items=[_conflict(row, names) for row in rows], next=more)


async def one_conflict(session: AsyncSession, found: DeclaredConflict) -> ConflictOut:
    """A conflict just declared."""
    return _conflict(found, await names_of(session, [found.person]))


def _conflict(row: Any, names: Mapping[UUID, str]) -> ConflictOut:
    return ConflictOut(organization=row.organization_id, person=person(row.person, names), reason=row.reason, at=row.at)


async def _check(session: AsyncSession, viewer: Principal, id: UUID, *wanted: Part) -> frozenset[Part]:
    found = await session.get(Application, id)
    parts = frozenset() if found is None else await standing.of_application(session, viewer, found)
    if parts.isdisjoint(wanted):
        raise Problem(NOT_FOUND, f"There is nothing of application {id} for you here.")
    return parts


def _reviews() -> Select[Any]:
    return select(*_LISTED).join(Application, A.id == R.application_id).join(Call, C.id == A.call_id)


def _review(row: Any, names: Mapping[UUID, str], viewer: Principal) -> ReviewOut:
    under_review = row.application_state in workflow.UNDER_REVIEW
    can_write = row.reviewer == viewer.id and row.state == ReviewState.DRAFT and under_review
    return ReviewOut(
        id=row.id,
        version=row.version,
        application=row.application_id,
        reviewer=person(row.reviewer, names),
        state=row.state,
        scores=row.scores,
        text=row.text,
        total=scoring.shown(scoring.total(row.scores, evaluations.weights_of(row.criteria), row.top_score)),
        created_at=row.created_at,
        updated_at=row.updated_at,
        submitted_at=row.submitted_at,
        actions=["edit", "submit"] if can_write else [],
    )
