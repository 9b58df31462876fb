"""Arguments, and who endorses them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import Request, Response, status
from pydantic import AwareDatetime

from services.contributions.commands import arguments as commands
from services.contributions.debate_workflow import Position
from services.contributions.queries import arguments as queries
from services.contributions.queries.arguments import Wanted
from services.contributions.schemas.arguments import (
    ArgumentEditIn,
    ArgumentIn,
    ArgumentOut,
    ArgumentsOut,
    EndorsementOut,
    Order,
    RecentsOut,
)
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, NOT_FOUND
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session
from shared.rendering import render
from shared.runtime.arrival import arrived_at

router = service_router()

FURTHEST_BACK = timedelta(days=1)
"""How far back one may ask what was said since."""


@router.get("/api/debates/{id}/arguments")
@failing(GONE)
async def page(
    id: UUID,
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    order: Order = Order.ENDORSEMENTS,
    position: Position | None = None,
    answers: UUID | None = None,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ArgumentsOut:
    """The arguments of a debate, all of them or those of one position; with ``answers`` the replies to one."""
    found = await queries.page(session, viewer, id, Wanted(order, position, answers), cursor, limit, arrived_at())
    link_next(request, response, found.next)
    return found


@router.get("/api/debates/{id}/arguments/recent")
@failing(GONE)
async def recent(id: UUID, _: Anyone, session: Session, since: AwareDatetime, limit: Limit = 100) -> RecentsOut:
    """What was said since an instant, a day ago at most, for who was not listening for a moment."""
    at = arrived_at()
    return await queries.recent(session, id, min(max(since, at - FURTHEST_BACK), at), limit)


@router.post(
    "/api/debates/{id}/arguments",
    status_code=status.HTTP_201_CREATED,
    dependencies=[limited("argument", 60, 60)],
)
@failing(CONFLICT, GONE)
async def argue(
    id: UUID, said: ArgumentIn, actor: SignedIn, session: Session, resources: Resources, response: Response
) -> ArgumentOut:
    """Argue for, against or with a nuance; or reply to an argument. 409 with ``phase`` while it is not open."""
    arrived = arrived_at()
    rendered = await resources.cpu.run(render, said.body)
    made = await commands.argue(session, actor, id, said, rendered, arrived)
    response.headers["Location"] = f"/api/arguments/{made.id}"
    return await queries.read(session, actor, made.id, arrived)


@router.get("/api/arguments")
async def mine(
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    hidden: bool = False,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> ArgumentsOut:
    """What the bearer said, newest first, with what moderators decided about it."""
    found = await queries.mine(session, viewer, cursor, limit, arrived_at(), hidden=hidden)
    link_next(request, response, found.next)
    return found


@router.get("/api/arguments/{id}")
@failing(GONE)
async def read(id: UUID, viewer: Anyone, session: Session, response: Response) -> ArgumentOut:
    """One argument, with its first replies."""
    response.headers["Cache-Control"] = "no-store"
    return await queries.read(session, viewer, id, arrived_at())


@router.patch("/api/arguments/{id}")
@failing(FORBIDDEN, CONFLICT, GONE)
async def edit(
    id: UUID, changes: ArgumentEditIn, actor: SignedIn, expected: IfMatch, session: Session, resources: Resources
) -> ArgumentOut:
    """Say it better, within a quarter of an hour and before anybody has answered or endorsed it."""
    arrived = arrived_at()
    rendered = await resources.cpu.run(render, changes.body)
    await commands.edit(session, actor, id, expected, changes.body, rendered, arrived)
    return await queries.read(session, actor, id, arrived)


@router.delete("/api/arguments/{id}", status_code=status.HTTP_204_NO_CONTENT)
@failing(FORBIDDEN, CONFLICT, GONE)
async def take_back(id: UUID, actor: SignedIn, expected: IfMatch, session: Session) -> None:
    """Take it back, with what answered it."""
    await commands.take_back(session, actor, id, expected)


@router.put("/api/arguments/{id}/endorsement")
@failing(FORBIDDEN, NOT_FOUND, CONFLICT, GONE)
async def endorse(id: UUID, actor: SignedIn, session: Session) -> EndorsementOut:
    """Endorse it; once, however often this is said."""
    argument = await commands.endorse(session, actor, id, arrived_at(), endorsed=True)
    return EndorsementOut(argument=id, endorsements=argument.endorsements, endorsed=True)


@router.delete("/api/arguments/{id}/endorsement")
@failing(FORBIDDEN, NOT_FOUND, CONFLICT, GONE)
async def endorse_no_longer(id: UUID, actor: SignedIn, session: Session) -> EndorsementOut:
    """Endorse it no longer."""
    argument = await commands.endorse(session, actor, id, arrived_at(), endorsed=False)
    return EndorsementOut(argument=id, endorsements=argument.endorsements, endorsed=False)
