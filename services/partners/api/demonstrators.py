"""HTTP of partnerships, demonstrators and their results."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.partners.commands import partnerships as commands
from services.partners.queries import partnerships as queries
from services.partners.schemas.partnerships import (
    DemonstratorEditIn,
    DemonstratorIn,
    DemonstratorOut,
    DemonstratorPageOut,
    DemonstratorTransitionIn,
    PartnershipEditIn,
    PartnershipOut,
    PartnershipPageOut,
    ResultIn,
    ResultOut,
    ResultsOut,
)
from services.partners.workflow import DemonstratorState
from shared.http.access import Anyone, SignedIn
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, NOT_FOUND
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()
Label = Annotated[str | None, Query(max_length=60)]


@router.get("/api/partnerships")
async def page_of_partnerships(
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> PartnershipPageOut:
    """The partnerships the bearer is part of: of their organizations, or of the calls they run."""
    found = await queries.partnerships(session, viewer, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/partnerships/{id}")
async def read_partnership(id: UUID, viewer: SignedIn, session: Session) -> PartnershipOut:
    """One partnership, with both contacts and its demonstrators."""
    return await queries.partnership(session, viewer, id)


@router.patch("/api/partnerships/{id}")
@failing(FORBIDDEN)
async def edit_partnership(
    id: UUID, changes: PartnershipEditIn, actor: SignedIn, expected: IfMatch, session: Session
) -> PartnershipOut:
    """Name another contact; each side its own."""
    await commands.edit_partnership(session, actor, id, expected, changes)
    return await queries.partnership(session, actor, id)


@router.post("/api/demonstrators", status_code=status.HTTP_201_CREATED)
@failing(NOT_FOUND)
async def create(given: DemonstratorIn, actor: SignedIn, session: Session, response: Response) -> DemonstratorOut:
    """Start a demonstrator of a partnership, as a draft."""
    created = await commands.create(session, actor, given)
    response.headers["Location"] = f"/api/demonstrators/{created.id}"
    return await queries.read(session, actor, created.id)


@router.get("/api/demonstrators")
async def page(
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    state: DemonstratorState | Literal["any"] | None = None,
    theme: Label = None,
    territory: Label = None,
    organization: UUID | None = None,
    mine: Annotated[bool, Query()] = False,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> DemonstratorPageOut:
    """Public demonstrators, newest first; ``state`` and ``mine`` show the others too, to those who are part of them."""
    wanted = queries.Wanted(state, theme, territory, organization, mine)
    found = await queries.listed(session, viewer, wanted, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/demonstrators/{id}")
@failing(GONE)
async def read(id: UUID, viewer: Anyone, session: Session) -> DemonstratorOut:
    """One demonstrator; 410 once it was withdrawn."""
    return await queries.read(session, viewer, id)


@router.patch("/api/demonstrators/{id}")
@failing(FORBIDDEN, CONFLICT)
async def edit(
    id: UUID, changes: DemonstratorEditIn, actor: SignedIn, expected: IfMatch, session: Session
) -> DemonstratorOut:
    """Change what is said of it; what is not named stays."""
    await commands.edit(session, actor, id, expected, changes)
    return await queries.read(session, actor, id)


@router.post("/api/demonstrators/{id}/transitions")
@failing(FORBIDDEN, CONFLICT)
async def move(
    id: UUID, asked: DemonstratorTransitionIn, actor: SignedIn, expected: IfMatch, session: Session
) -> DemonstratorOut:
    """Publish, end or withdraw."""
    await commands.move(session, actor, id, expected, asked.action, asked.reason)
    return await queries.read(session, actor, id)


@router.get("/api/demonstrators/{id}/results")
async def results(
    id: UUID,
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> ResultsOut:
    """What it showed, newest day first."""
    found = await queries.results(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/demonstrators/{id}/results", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, CONFLICT)
async def add_result(id: UUID, given: ResultIn, actor: SignedIn, session: Session) -> ResultOut:
    """Say what it showed on a day, perhaps with a figure."""
    return queries.result((await commands.add_result(session, actor, id, given)).model_dump())
