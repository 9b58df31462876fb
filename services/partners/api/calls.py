"""HTTP of calls, and of the applications to them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.partners.commands import applications as application_commands
from services.partners.commands import calls as commands
from services.partners.policy import RUNNERS
from services.partners.problems import DEADLINE_PASSED, NOT_OPEN
from services.partners.queries import applications
from services.partners.queries import calls as queries
from services.partners.schemas.applications import (
    ApplicationCountsOut,
    ApplicationIn,
    ApplicationOut,
    ApplicationPageOut,
)
from services.partners.schemas.calls import CallEditIn, CallIn, CallKind, CallOut, CallPageOut, CallTransitionIn, Phase
from services.partners.workflow import ApplicationState, CallState
from shared.auth.principal import Principal
from shared.http.access import Anyone, SignedIn, having
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.runtime.arrival import arrived_at

router = service_router()
Label = Annotated[str | None, Query(max_length=60)]
Runner = Annotated[Principal, having(*RUNNERS)]


@router.post("/api/calls", status_code=status.HTTP_201_CREATED)
async def create(given: CallIn, actor: Runner, session: Session, response: Response) -> CallOut:
    """A new draft, run by who creates it."""
    created = await commands.create(session, actor, given)
    response.headers["Location"] = f"/api/calls/{created.id}"
    return await queries.whole(session, actor, created)


@router.get("/api/calls")
async def page(
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    state: CallState | Literal["any"] | None = None,
    phase: Phase | None = None,
    kind: CallKind | None = None,
    theme: Label = None,
    territory: Label = None,
    mine: bool = False,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> CallPageOut:
    """Public calls, newest first; ``state`` and ``mine`` show drafts too, to those who run them."""
    wanted = queries.Wanted(state, phase, kind, theme, territory, mine)
    found = await queries.listed(session, viewer, wanted, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/calls/{id}")
@failing(GONE)
async def read(id: UUID, viewer: Anyone, session: Session) -> CallOut:
    """One call; 410 once it was withdrawn."""
    return await queries.read(session, viewer, id)


@router.patch("/api/calls/{id}")
@failing(FORBIDDEN, CONFLICT)
async def edit(id: UUID, changes: CallEditIn, actor: Runner, expected: IfMatch, session: Session) -> CallOut:
    """Change it; what is not named stays. Its criteria stay once it is published."""
    return await queries.whole(session, actor, await commands.edit(session, actor, id, expected, changes))


@router.post("/api/calls/{id}/transitions")
@failing(FORBIDDEN, CONFLICT)
async def move(id: UUID, asked: CallTransitionIn, actor: Runner, expected: IfMatch, session: Session) -> CallOut:
    """Publish, close or withdraw."""
    moved = await commands.move(session, actor, id, expected, asked.action, asked.reason)
    return await queries.whole(session, actor, moved)


@router.post("/api/calls/{id}/applications", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, NOT_OPEN, DEADLINE_PASSED)
async def apply(
    id: UUID, given: ApplicationIn, actor: SignedIn, session: Session, response: Response
) -> ApplicationOut:
    """Start an application of one of the bearer's organizations, as a draft."""
    created = await application_commands.create(session, actor, id, given, arrived_at())
    response.headers["Location"] = f"/api/applications/{created.id}"
    return await applications.whole(session, actor, created)


@router.get("/api/calls/{id}/applications")
async def page_of_applications(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    state: ApplicationState | None = None,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ApplicationPageOut:
    """Submitted applications: all of them for who runs the call, theirs for reviewers, none for others."""
    await applications.check_call(session, viewer, id)
    found = await applications.listed(session, viewer, applications.Wanted(state, id), cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/calls/{id}/applications/counts")
async def counts(id: UUID, viewer: SignedIn, session: Session) -> ApplicationCountsOut:
    """How many of these there are, by state."""
    await applications.check_call(session, viewer, id)
    return await applications.counts(session, viewer, id)
