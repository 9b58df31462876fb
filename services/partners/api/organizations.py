"""HTTP of organizations, their members and invitations."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.partners.commands import members
from services.partners.commands import organizations as commands
from services.partners.problems import INVITATION_OVER, LAST_OWNER
from services.partners.queries import organizations as queries
from services.partners.schemas.organizations import (
    InvitationIn,
    InvitationsOut,
    InvitedOut,
    MemberOut,
    MemberRoleIn,
    MembersOut,
    MyOrganizationsOut,
    NewInvitationOut,
    OrganizationEditIn,
    OrganizationIn,
    OrganizationKind,
    OrganizationOut,
    OrganizationPageOut,
    OrganizationTransitionIn,
    TokenIn,
)
from services.partners.workflow import OrganizationState
from shared.http.access import Anyone, SignedIn
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE, NOT_FOUND
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()
Label = Annotated[str | None, Query(max_length=60)]


@router.post("/api/organizations", status_code=status.HTTP_201_CREATED)
async def create(given: OrganizationIn, actor: SignedIn, session: Session, response: Response) -> OrganizationOut:
    """A new organization, owned by who creates it and shown to nobody else yet."""
    created = await commands.create(session, actor, given)
    response.headers["Location"] = f"/api/organizations/{created.id}"
    return await queries.whole(session, actor, created)


@router.get("/api/organizations")
async def page(
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    state: OrganizationState | Literal["any"] = OrganizationState.PUBLISHED,
    kind: OrganizationKind | None = None,
    theme: Label = None,
    territory: Label = None,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> OrganizationPageOut:
    """Published organizations, newest first; other states show what the bearer may read."""
    found = await queries.listed(session, viewer, queries.Wanted(state, kind, theme, territory), cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/organizations/mine")
async def mine(
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> MyOrganizationsOut:
    """The organizations the bearer belongs to, whatever their state."""
    found = await queries.mine(session, viewer, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/organizations/invitations/lookup", dependencies=[limited("invitation", 30, 60)])
@failing(NOT_FOUND, INVITATION_OVER)
async def look_up(given: TokenIn, viewer: SignedIn, session: Session) -> InvitedOut:
    """What a token invites to; nothing changes."""
    return await queries.invited(session, viewer, given.token)


@router.post("/api/organizations/invitations/acceptance", dependencies=[limited("invitation", 30, 60)])
@failing(NOT_FOUND, INVITATION_OVER)
async def accept(given: TokenIn, actor: SignedIn, session: Session) -> OrganizationOut:
    """Become a member. The first who does uses the invitation up."""
    return await queries.whole(session, actor, await members.accept(session, actor, given.token))


@router.get("/api/organizations/{id}")
@failing(GONE)
async def read(id: UUID, viewer: Anyone, session: Session) -> OrganizationOut:
    """One organization; 410 once it was withdrawn."""
    return await queries.read(session, viewer, id)


@router.patch("/api/organizations/{id}")
@failing(FORBIDDEN)
async def edit(
    id: UUID, changes: OrganizationEditIn, actor: SignedIn, expected: IfMatch, session: Session
) -> OrganizationOut:
    """Change what it says of itself; what is not named stays."""
    return await queries.whole(session, actor, await commands.edit(session, actor, id, expected, changes))


@router.post("/api/organizations/{id}/transitions")
@failing(FORBIDDEN, CONFLICT)
async def move(
    id: UUID, asked: OrganizationTransitionIn, actor: SignedIn, expected: IfMatch, session: Session
) -> OrganizationOut:
    """Publish or withdraw."""
    moved = await commands.move(session, actor, id, expected, asked.action, asked.reason)
    return await queries.whole(session, actor, moved)


@router.get("/api/organizations/{id}/members")
@failing(FORBIDDEN)
async def page_of_members(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> MembersOut:
    """Who belongs to it; for its members."""
    found = await queries.members(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.put("/api/organizations/{id}/members/{person}")
@failing(FORBIDDEN, LAST_OWNER)
async def set_role(id: UUID, person: UUID, asked: MemberRoleIn, actor: SignedIn, session: Session) -> MemberOut:
    """Make a member an owner, or an owner a member."""
    return await queries.member(session, await members.set_role(session, actor, id, person, asked.role))


@router.delete("/api/organizations/{id}/members/{person}", status_code=status.HTTP_204_NO_CONTENT)
@failing(FORBIDDEN, LAST_OWNER)
async def remove(id: UUID, person: UUID, actor: SignedIn, session: Session) -> None:
    """Take a member out, or leave."""
    await members.remove(session, actor, id, person)


@router.post("/api/organizations/{id}/invitations", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN, CONFLICT)
async def invite(id: UUID, asked: InvitationIn, actor: SignedIn, session: Session) -> NewInvitationOut:
    """An invitation for one person; its token is told this once, for the inviter to hand on."""
    return await queries.new_invitation(session, await members.invite(session, actor, id, asked))


@router.get("/api/organizations/{id}/invitations")
@failing(FORBIDDEN)
async def page_of_invitations(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> InvitationsOut:
    """Invitations nobody has used yet; for its owners."""
    found = await queries.invitations(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.delete("/api/organizations/{id}/invitations/{invitation}", status_code=status.HTTP_204_NO_CONTENT)
@failing(FORBIDDEN, CONFLICT)
async def revoke(id: UUID, invitation: UUID, actor: SignedIn, session: Session) -> None:
    """Take an invitation back."""
    await members.revoke(session, actor, id, invitation)
