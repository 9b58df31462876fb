"""Debates: parse, call one command or query, answer.

What is answered changes with the clock and with every argument, while the version (the ETag) rises with edits alone: it
is never to be kept by a cache.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.contributions.commands import debates as commands
from services.contributions.queries import debates as queries
from services.contributions.schemas.debates import (
    DebateEditIn,
    DebateIn,
    DebateOut,
    DebatesOut,
    DebateTransitionIn,
    Listed,
)
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.rendering import render
from shared.runtime.arrival import arrived_at

router = service_router()

Label = Annotated[str | None, Query(max_length=60)]


@router.post("/api/debates", status_code=status.HTTP_201_CREATED, dependencies=[limited("debate", 60, 60)])
@failing(FORBIDDEN)
async def open_debate(
    asked: DebateIn, actor: SignedIn, session: Session, resources: Resources, response: Response
) -> DebateOut:
    """Open a debate, at once or at an instant, on a published contribution or on its own."""
    arrived = arrived_at()
    rendered = await resources.cpu.run(render, asked.introduction)
    opened = await commands.open_debate(session, actor, asked, rendered, arrived)
    response.headers["Location"] = f"/api/debates/{opened.id}"
    return await queries.whole(session, actor, opened, arrived)


@router.get("/api/debates")
async def page(
    _: Anyone,
    session: Session,
    request: Request,
    response: Response,
    phase: Listed = "any",
    contribution: UUID | None = None,
    theme: Label = None,
    territory: Label = None,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> DebatesOut:
    """Debates: open ones (the next to close first), coming ones, closed ones, or all (the last opened first)."""
    wanted = queries.Wanted(phase, contribution, theme, territory)
    found = await queries.page(session, wanted, cursor, limit, arrived_at())
    link_next(request, response, found.next)
    return found


@router.get("/api/debates/{id}")
@failing(GONE)
async def read(id: UUID, viewer: Anyone, session: Session, response: Response) -> DebateOut:
    """One debate; 410 once it, or what it was opened on, was withdrawn."""
    response.headers["Cache-Control"] = "no-store"
    return await queries.read(session, viewer, id, arrived_at())


@router.patch("/api/debates/{id}")
@failing(FORBIDDEN, CONFLICT, GONE)
async def edit(
    id: UUID, changes: DebateEditIn, actor: SignedIn, expected: IfMatch, session: Session, resources: Resources
) -> DebateOut:
    """Change the question (until somebody argues), the introduction, the instants; what is not named stays."""
    arrived = arrived_at()
    rendered = None if changes.introduction is None else await resources.cpu.run(render, changes.introduction)
    edited = await commands.edit(session, actor, id, expected, changes, rendered, arrived)
    return await queries.whole(session, actor, edited, arrived)


@router.post("/api/debates/{id}/transitions")
@failing(FORBIDDEN, CONFLICT, GONE)
async def move(id: UUID, asked: DebateTransitionIn, actor: SignedIn, expected: IfMatch, session: Session) -> DebateOut:
    """Close it now, or withdraw it."""
    arrived = arrived_at()
    moved = await commands.move(session, actor, id, expected, asked.action, asked.reason, arrived)
    return await queries.whole(session, actor, moved, arrived)
