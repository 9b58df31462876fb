"""Reports and moderation."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response, status

from services.contributions.commands import moderation as commands
from services.contributions.debate_policy import MODERATORS
from services.contributions.queries import arguments
from services.contributions.queries import moderation as queries
from services.contributions.schemas.arguments import (
    ArgumentOut,
    ModerationIn,
    RecordOut,
    ReportIn,
    ReportOut,
    ReportsOut,
)
from shared.auth.principal import Principal
from shared.http.access import Anyone, SignedIn, having
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, NOT_FOUND
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.runtime.arrival import arrived_at

router = service_router()

Moderator = Annotated[Principal, having(*MODERATORS)]


@router.post("/api/reports", status_code=status.HTTP_201_CREATED, dependencies=[limited("report", 60, 60)])
@failing(FORBIDDEN, NOT_FOUND, CONFLICT, GONE)
async def report(said: ReportIn, actor: SignedIn, session: Session) -> ReportOut:
    """Say that an argument breaks a rule. While one's report waits, another one adds nothing: it is answered again."""
    return await queries.report(session, await commands.report(session, actor, said))


@router.get("/api/reports")
async def reports(
    viewer: Moderator,
    session: Session,
    request: Request,
    response: Response,
    settled: bool = False,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ReportsOut:
    """What waits for a decision, oldest first; or what was decided, newest first. Who reported is not told."""
    found = await queries.reports(session, viewer, cursor, limit, arrived_at(), settled=settled)
    link_next(request, response, found.next)
    return found


@router.post("/api/arguments/{id}/moderation")
@failing(CONFLICT, GONE)
async def moderate(id: UUID, asked: ModerationIn, actor: Moderator, session: Session) -> ArgumentOut:
    """Hide it with the rule it broke and a motive, restore it, or dismiss what was reported."""
    await commands.moderate(session, actor, id, asked)
    return await arguments.read(session, actor, id, arrived_at())


@router.get("/api/moderation")
async def record(_: Anyone, session: Session) -> RecordOut:
    """The rules, and how often each was applied; never to whom, never by whom."""
    return await queries.record(session)
