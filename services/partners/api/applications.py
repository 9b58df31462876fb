"""HTTP of applications."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response

from services.partners.commands import applications as commands
from services.partners.problems import DEADLINE_PASSED, NOT_OPEN
from services.partners.queries import applications as queries
from services.partners.schemas.applications import (
    ApplicationEditIn,
    ApplicationOut,
    ApplicationPageOut,
    ApplicationTransitionIn,
    StepsOut,
)
from services.partners.workflow import ApplicationState
from shared.http.access import SignedIn
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.runtime.arrival import arrived_at

router = service_router()


@router.get("/api/applications/mine")
async def mine(
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    state: ApplicationState | None = None,
    call: UUID | None = None,
    organization: UUID | None = None,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ApplicationPageOut:
    """The applications of the bearer's organizations, the last changed first."""
    found = await queries.mine(session, viewer, queries.Wanted(state, call, organization), cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/applications/{id}")
async def read(id: UUID, viewer: SignedIn, session: Session) -> ApplicationOut:
    """One application; for its organization, for who runs the call, and for its reviewers."""
    return await queries.read(session, viewer, id)


@router.patch("/api/applications/{id}")
@failing(FORBIDDEN)
async def edit(
    id: UUID, changes: ApplicationEditIn, actor: SignedIn, expected: IfMatch, session: Session
) -> ApplicationOut:
    """Keep a draft as it is typed; what is not named stays."""
    return await queries.whole(session, actor, await commands.edit(session, actor, id, expected, changes))


@router.post("/api/applications/{id}/transitions")
@failing(FORBIDDEN, CONFLICT, NOT_OPEN, DEADLINE_PASSED)
async def move(
    id: UUID, asked: ApplicationTransitionIn, actor: SignedIn, expected: IfMatch, session: Session
) -> ApplicationOut:
    """Submit, withdraw, take into review, accept or decline."""
    moved = await commands.move(session, actor, id, expected, asked.action, asked.reason, arrived_at(), asked.contact)
    return await queries.whole(session, actor, moved)


@router.get("/api/applications/{id}/transitions")
async def steps(id: UUID, viewer: SignedIn, session: Session) -> StepsOut:
    """Its life so far, with instants and motives; for its organization and who runs the call."""
    return await queries.steps(session, viewer, id)
