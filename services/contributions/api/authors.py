"""The authors of a contribution: invited by a link, accepting, in order, leaving."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response, status

from services.contributions.commands import authors as commands
from services.contributions.queries import authors as queries
from services.contributions.queries.contributions import whole
from services.contributions.schemas.authors import (
    InvitationIn,
    InvitationsOut,
    InvitedOut,
    NewInvitationOut,
    OrderIn,
    SecretIn,
)
from services.contributions.schemas.contributions import ContributionOut
from shared.http.access import SignedIn
from shared.http.documentation import failing
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


@router.post("/api/contributions/invitations/openings", dependencies=[limited("invitation", 60, 60)])
@failing(GONE)
async def invited(asked: SecretIn, viewer: SignedIn, session: Session, response: Response) -> InvitedOut:
    """What the link of an invitation invites to."""
    response.headers["Cache-Control"] = "no-store"
    return await queries.invited(session, viewer, asked.secret)


@router.post("/api/contributions/invitations/acceptances", dependencies=[limited("invitation", 60, 60)])
@failing(CONFLICT, GONE)
async def accept(asked: SecretIn, actor: SignedIn, session: Session) -> ContributionOut:
    """Become an author of what the link invites to."""
    return await whole(session, actor, await commands.accept(session, actor, asked.secret))


@router.get("/api/contributions/{id}/invitations")
async def invitations(id: UUID, viewer: SignedIn, session: Session) -> InvitationsOut:
    """Invitations that wait for an answer; for its authors."""
    return await queries.invitations(session, viewer, id)


@router.post(
    "/api/contributions/{id}/invitations",
    status_code=status.HTTP_201_CREATED,
    dependencies=[limited("invite", 30, 60)],
)
@failing(FORBIDDEN, CONFLICT)
async def invite(
    id: UUID, asked: InvitationIn, actor: SignedIn, session: Session, response: Response
) -> NewInvitationOut:
    """Make a link that invites whoever follows it to be an author."""
    made, secret = await commands.invite(session, actor, id, asked)
    response.headers["Cache-Control"] = "no-store"
    return await queries.new(session, made, secret)


@router.post("/api/contributions/{id}/invitations/{invitation_id}/withdrawal", status_code=204)
@failing(FORBIDDEN)
async def take_back(id: UUID, invitation_id: UUID, actor: SignedIn, session: Session) -> None:
    """Make a link worthless before it is followed."""
    await commands.take_back(session, actor, id, invitation_id)


@router.put("/api/contributions/{id}/authors")
@failing(FORBIDDEN, CONFLICT)
async def order(id: UUID, asked: OrderIn, actor: SignedIn, expected: IfMatch, session: Session) -> ContributionOut:
    """Put its authors in the order they are named in."""
    return await whole(session, actor, await commands.order(session, actor, id, expected, asked.authors))


@router.delete("/api/contributions/{id}/authors/{person}", status_code=204)
@failing(FORBIDDEN, CONFLICT)
async def leave(id: UUID, person: UUID, actor: SignedIn, expected: IfMatch, session: Session) -> None:
    """Take one's own name off; not the last one's."""
    await commands.leave(session, actor, id, expected, person)
