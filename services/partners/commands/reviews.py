"""Assigning reviewers, writing reviews, declaring conflicts of interest.

The application is locked first in each: nobody reviews what is being decided, nobody is assigned twice at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import workflow
from services.partners.commands.applications import locked, take_step
from services.partners.conflicts import SENTENCES, interest_of
from services.partners.problems import CONFLICT_OF_INTEREST
from services.partners.schemas.reviews import ReviewEditIn, ReviewIn, ReviewState
from services.partners.tables import Application, Assignment, Call, DeclaredConflict, PersonName, Review, now
from services.partners.workflow import ApplicationAction, ApplicationState, Part
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.storage.locks import lock
from shared.storage.tables import table_of


async def assign(session: AsyncSession, actor: Principal, id: UUID, person: UUID) -> Application:
    """Have somebody review it; said twice it changes nothing. The first one takes it into review.

    Raises Problem 403, 404, 409 for a conflict of interest or a decided application, 422 for somebody unknown.
    """
    application = await _run(session, actor, id)
    _check_under_review(application)
    if await session.get(PersonName, person) is None:
        raise Problem(INVALID, errors=[("person", "nobody is known by this id")])
    found = await interest_of(session, person, application.organization_id)
    if found is not None:
        raise Problem(CONFLICT_OF_INTEREST, SENTENCES[found], extra={"interest": found.value})
    row = insert(Assignment).values(application_id=id, reviewer=person, by=actor.id, at=now())
    await session.execute(row.on_conflict_do_nothing())
    if application.state == ApplicationState.SUBMITTED:
        line = workflow.APPLICATION[ApplicationState.SUBMITTED, ApplicationAction.REVIEW]
        await take_step(session, application, actor, ApplicationAction.REVIEW, line.to, by_applicant=False)
    return application


async def unassign(session: AsyncSession, actor: Principal, id: UUID, person: UUID) -> None:
    """Have somebody review it no more; what they wrote does not count then. Raises Problem 403, 404, 409."""
    application = await _run(session, actor, id)
    _check_under_review(application)
    g = table_of(Assignment).c
    await session.execute(delete(Assignment).where(g.application_id == id, g.reviewer == person))


async def start(session: AsyncSession, actor: Principal, id: UUID, given: ReviewIn) -> Review:
    """A new review, as a draft. Raises Problem 403, 404, 409 where there is one already, 422."""
    application = await _reviewed(session, actor, id)
    _check_under_review(application)
    await _check_scores(session, application, given.scores)
    review = Review(application_id=id, reviewer=actor.id, scores=dict(given.scores), text=given.text)
    session.add(review)
    await session.flush()
    return review


async def edit(session: AsyncSession, actor: Principal, id: UUID, expected: Expected, changes: ReviewEditIn) -> Review:
    """Change a draft. Raises Problem 404, 409, 412, 422."""
    application, review = await _own(session, actor, id)
    expected.check(review.version)
    _check_draft(application, review)
    if changes.scores is not None:
        await _check_scores(session, application, changes.scores)
        review.scores = dict(changes.scores)
    if changes.text is not None:
        review.text = changes.text
    await _changed(session, review)
    return review


async def submit(session: AsyncSession, actor: Principal, id: UUID, expected: Expected) -> Review:
    """Have it count; it does not change any more. Raises Problem 404, 409, 412, 422 naming what is missing."""
    application, review = await _own(session, actor, id)
    expected.check(review.version)
    _check_draft(application, review)
    criteria, _ = await _criteria(session, application)
    missing = [(f"scores.{one}", "is not scored yet") for one in criteria if one not in review.scores]
    if not review.text.strip():
        missing.append(("text", "is still empty; say what the scores rest on"))
    if missing:
        raise Problem(INVALID, "The review is not complete.", errors=missing)
    review.state, review.submitted_at = ReviewState.SUBMITTED, now()
    await _changed(session, review)
    return review


async def declare_conflict(session: AsyncSession, actor: Principal, id: UUID, reason: str) -> DeclaredConflict:
    """Say that one has an interest in the organization; said twice it changes nothing. Raises Problem 403, 404."""
    application, parts = await locked(session, actor, id)
    if not parts & {Part.REVIEWER, Part.RUNNER}:
        raise Problem(FORBIDDEN, "Those who review or run the call declare a conflict of interest.")
    place = {"organization_id": application.organization_id, "person": actor.id}
    row = insert(DeclaredConflict).values(**place, at=now(), reason=reason.strip())
    await session.execute(row.on_conflict_do_nothing())
    found = await session.get(DeclaredConflict, (application.organization_id, actor.id))
    assert found is not None
    return found


async def _run(session: AsyncSession, actor: Principal, id: UUID) -> Application:
    application, parts = await locked(session, actor, id)
    if Part.RUNNER not in parts:
        raise Problem(FORBIDDEN, "Those who run the call assign reviewers.")
    return application


async def _reviewed(session: AsyncSession, actor: Principal, id: UUID) -> Application:
    application, parts = await locked(session, actor, id)
    if Part.REVIEWER not in parts:
        raise Problem(FORBIDDEN, "Only its reviewers review an application.")
    return application


async def _own(session: AsyncSession, actor: Principal, id: UUID) -> tuple[Application, Review]:
    r = table_of(Review).c
    whose = (await session.execute(select(r.application_id).where(r.id == id, r.reviewer == actor.id))).scalar()
    if whose is not None:
        application, parts = await locked(session, actor, whose)
        review = await lock(session, Review, id)
        if review is not None and Part.REVIEWER in parts:
            return application, review
    raise Problem(NOT_FOUND, f"There is no review {id} of yours.")


async def _changed(session: AsyncSession, review: Review) -> None:
    review.version += 1
    review.updated_at = now()
    session.add(review)
    await session.flush()


def _check_under_review(application: Application) -> None:
    if application.state not in workflow.UNDER_REVIEW:
        raise Problem(
            CONFLICT, f"An application that is {application.state} is not reviewed.", extra={"state": application.state}
        )


def _check_draft(application: Application, review: Review) -> None:
    _check_under_review(application)
    if review.state != ReviewState.DRAFT:
        raise Problem(CONFLICT, "A submitted review does not change any more.", extra={"state": review.state})


async def _criteria(session: AsyncSession, application: Application) -> tuple[list[str], int]:
    c = table_of(Call).c
    row = (await session.execute(select(c.criteria, c.top_score).where(c.id == application.call_id))).one()
    return [one["id"] for one in row.criteria], row.top_score


async def _check_scores(session: AsyncSession, application: Application, scores: Mapping[str, int]) -> None:
    criteria, top = await _criteria(session, application)
    wrong = [
        (f"scores.{name}", "is not a criterion of this call" if name not in criteria else f"is above {top}")
        for name, score in scores.items()
        if name not in criteria or score > top
    ]
    if wrong:
        raise Problem(INVALID, errors=wrong)
