"""The review of a contribution: comments on passages, and whom it is assigned to."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response, status

from services.contributions.commands import review as commands
from services.contributions.queries import comments as queries
from services.contributions.queries.contributions import whole
from services.contributions.schemas.contributions import ContributionOut
from services.contributions.schemas.review import AssignmentIn, CommentIn, CommentOut, CommentsOut, ResolutionIn
from shared.http.access import SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


@router.get("/api/contributions/{id}/comments")
async def comments(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    resources: Resources,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> CommentsOut:
    """What editors said about passages, oldest first; for its authors and editors."""
    found = await queries.comments(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return await resources.cpu.run(found.located)


@router.post("/api/contributions/{id}/comments", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN)
async def comment(id: UUID, said: CommentIn, actor: SignedIn, session: Session, resources: Resources) -> CommentOut:
    """Comment on a passage, or on the whole."""
    made = await commands.comment(session, actor, id, said)
    found = await queries.one_comment(session, made)
    return (await resources.cpu.run(found.located)).items[0]


@router.post("/api/contributions/{id}/comments/{comment_id}/resolution")
async def resolve(
    id: UUID, comment_id: UUID, said: ResolutionIn, actor: SignedIn, session: Session, resources: Resources
) -> CommentOut:
    """Say that a comment is dealt with, or open it again."""
    found = await queries.one_comment(session, await commands.resolve(session, actor, id, comment_id, said.resolved))
    return (await resources.cpu.run(found.located)).items[0]


@router.put("/api/contributions/{id}/assignment")
@failing(FORBIDDEN, CONFLICT)
async def assign(
    id: UUID, asked: AssignmentIn, actor: SignedIn, expected: IfMatch, session: Session
) -> ContributionOut:
    """Say which editor reviews it, until when."""
    return await whole(session, actor, await commands.assign(session, actor, id, expected, asked))
