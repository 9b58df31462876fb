"""Registering for forums."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response, status

from services.events.commands import places as commands
from services.events.queries import registrations as queries
from services.events.schemas.registrations import (
    MinesOut,
    PlacesOut,
    RegistrantsOut,
    RegistrationOut,
    RegistrationState,
)
from shared.http.access import Anyone, SignedIn
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.problems import CONFLICT, FORBIDDEN
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


@router.get("/api/forums/{id}/places")
async def places(id: UUID, viewer: Anyone, session: Session) -> PlacesOut:
    """How many places there are and how many are taken; what the bearer has."""
    return await queries.places(session, viewer, id)


@router.post("/api/forums/{id}/registrations")
@failing(CONFLICT)
async def register(id: UUID, actor: SignedIn, session: Session) -> RegistrationOut:
    """Register: a place, or the next one in the waiting list. Done twice it changes nothing."""
    await commands.register(session, actor, id)
    registered = await queries.own(session, id, actor.id)
    assert registered is not None
    return registered


@router.delete("/api/forums/{id}/registrations", status_code=status.HTTP_204_NO_CONTENT)
async def cancel(id: UUID, actor: SignedIn, session: Session) -> None:
    """Call it off; the first who waits gets the place. Done twice it changes nothing."""
    await commands.cancel(session, actor, id)


@router.get("/api/forums/{id}/registrations")
@failing(FORBIDDEN)
async def registrants(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    state: RegistrationState | None = None,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> RegistrantsOut:
    """Who comes and who waits, in the order in which they came; for the organizer."""
    found = await queries.registrants(session, viewer, id, state, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/registrations/mine")
async def mine(
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> MinesOut:
    """One's own registrations, newest first."""
    found = await queries.mine(session, viewer, cursor, limit)
    link_next(request, response, found.next)
    return found
