"""HTTP of reviewers, reviews and conflicts of interest."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response, status

from services.partners.commands import reviews as commands
from services.partners.problems import CONFLICT_OF_INTEREST, REVIEW_EXISTS
from services.partners.queries import reviews as queries
from services.partners.schemas.reviews import (
    ConflictIn,
    ConflictOut,
    ConflictsOut,
    MyReviewsOut,
    ReviewEditIn,
    ReviewerIn,
    ReviewersOut,
    ReviewIn,
    ReviewOut,
    ReviewsOut,
    ReviewTransitionIn,
)
from shared.http.access import SignedIn
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


@router.get("/api/applications/{id}/reviewers")
async def reviewers(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> ReviewersOut:
    """Who reviews it, with what keeps them from it, and how far they are; for who runs the call."""
    found = await queries.reviewers(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/applications/{id}/reviewers")
@failing(FORBIDDEN, CONFLICT, CONFLICT_OF_INTEREST)
async def assign(id: UUID, asked: ReviewerIn, actor: SignedIn, session: Session) -> ReviewersOut:
    """Have somebody review it; refused for whoever has an interest. Said twice it changes nothing."""
    await commands.assign(session, actor, id, asked.person)
    return await queries.reviewers(session, actor, id, None, 50)


@router.delete("/api/applications/{id}/reviewers/{person}", status_code=status.HTTP_204_NO_CONTENT)
@failing(FORBIDDEN, CONFLICT)
async def unassign(id: UUID, person: UUID, actor: SignedIn, session: Session) -> None:
    """Have somebody review it no more; what they wrote does not count then."""
    await commands.unassign(session, actor, id, person)


@router.get("/api/applications/{id}/reviews")
async def page(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ReviewsOut:
    """Submitted reviews, for who runs the call; their own, for its reviewers."""
    found = await queries.of_application(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/applications/{id}/reviews", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, CONFLICT, REVIEW_EXISTS)
async def start(id: UUID, given: ReviewIn, actor: SignedIn, session: Session, response: Response) -> ReviewOut:
    """Begin a review, as a draft; one per reviewer."""
    started = await commands.start(session, actor, id, given)
    response.headers["Location"] = f"/api/reviews/{started.id}"
    return await queries.read(session, actor, started.id)


@router.get("/api/applications/{id}/conflicts")
async def conflicts(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> ConflictsOut:
    """Who declared an interest in its organization; for who runs the call."""
    found = await queries.declared(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/applications/{id}/conflicts")
@failing(FORBIDDEN)
async def declare(id: UUID, said: ConflictIn, actor: SignedIn, session: Session) -> ConflictOut:
    """Say that one has an interest in its organization: from now on none of its applications is theirs to see."""
    return await queries.one_conflict(session, await commands.declare_conflict(session, actor, id, said.reason))


@router.get("/api/reviews/mine")
async def mine(
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> MyReviewsOut:
    """What waits for the bearer's review, or has it."""
    found = await queries.mine(session, viewer, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/reviews/{id}")
async def read(id: UUID, viewer: SignedIn, session: Session) -> ReviewOut:
    """One review; for its reviewer, and once submitted for who runs the call."""
    return await queries.read(session, viewer, id)


@router.patch("/api/reviews/{id}")
@failing(CONFLICT)
async def edit(id: UUID, changes: ReviewEditIn, actor: SignedIn, expected: IfMatch, session: Session) -> ReviewOut:
    """Change a draft; what is not named stays."""
    await commands.edit(session, actor, id, expected, changes)
    return await queries.read(session, actor, id)


@router.post("/api/reviews/{id}/transitions")
@failing(CONFLICT)
async def submit(
    id: UUID, _asked: ReviewTransitionIn, actor: SignedIn, expected: IfMatch, session: Session
) -> ReviewOut:
    """Have it count."""
    await commands.submit(session, actor, id, expected)
    return await queries.read(session, actor, id)
