"""Who belongs to an organization: invitations, roles, leaving."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners.commands.organizations import locked, role_in
from services.partners.problems import INVITATION_OVER, LAST_OWNER
from services.partners.schemas.organizations import InvitationIn, MemberRole
from services.partners.tables import Invitation, Membership, Organization, now
from services.partners.workflow import Part
from shared.auth.principal import Principal
from shared.http.problems import CONFLICT, FORBIDDEN, NOT_FOUND, Problem
from shared.storage.locks import lock
from shared.storage.tables import table_of

LASTS = timedelta(days=14)
MOST_OPEN = 50
"""Open invitations an organization may have."""


@dataclass(frozen=True)
class NewInvitation:
    """An invitation with its token, which is kept nowhere."""

    invitation: Invitation
    token: str


async def invite(session: AsyncSession, actor: Principal, id: UUID, asked: InvitationIn) -> NewInvitation:
    """A link for one person, whoever it is given to. Raises Problem 403, 404, 409."""
    await _owned(session, actor, id)
    i = table_of(Invitation).c
    open_ones = select(func.count()).where(
        i.organization_id == id, i.accepted_at.is_(None), i.revoked_at.is_(None), i.expires_at > now()
    )
    if (await session.execute(open_ones)).scalar_one() >= MOST_OPEN:
        raise Problem(CONFLICT, f"There are {MOST_OPEN} open invitations; revoke some first.")
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        organization_id=id,
        role=asked.role,
        note=asked.note,
        digest=digest_of(token),
        by=actor.id,
        expires_at=now() + LASTS,
    )
    session.add(invitation)
    await session.flush()
    return NewInvitation(invitation, token)


async def revoke(session: AsyncSession, actor: Principal, id: UUID, invitation_id: UUID) -> None:
    """Take an invitation back; done twice it changes nothing. Raises Problem 403, 404, 409 for an accepted one."""
    await _owned(session, actor, id)
    invitation = await lock(session, Invitation, invitation_id)
    if invitation is None or invitation.organization_id != id:
        raise Problem(NOT_FOUND, f"There is no invitation {invitation_id} to this organization.")
    if invitation.accepted_at is not None:
        raise Problem(CONFLICT, "It was accepted; take the member out instead.")
    if invitation.revoked_at is None:
        invitation.revoked_at = now()
        session.add(invitation)
        await session.flush()


async def accept(session: AsyncSession, actor: Principal, token: str) -> Organization:
    """Become a member. Who is one already keeps their role, and the invitation stays good. Raises Problem 404, 410."""
    i = table_of(Invitation).c
    found = (await session.execute(select(i.id, i.organization_id).where(i.digest == digest_of(token)))).one_or_none()
    if found is None:
        raise no_invitation()
    organization = await lock(session, Organization, found.organization_id)
    invitation = await lock(session, Invitation, found.id)
    if organization is None or invitation is None:
        raise no_invitation()
    if await role_in(session, organization.id, actor.id) is not None:
        return organization
    check_usable(invitation)
    invitation.accepted_at, invitation.accepted_by = now(), actor.id
    membership = await session.get(Membership, (organization.id, actor.id))
    if membership is None:
        membership = Membership(organization_id=organization.id, person=actor.id, role=invitation.role)
    membership.role, membership.since, membership.until = invitation.role, now(), None
    session.add(invitation)
    session.add(membership)
    await session.flush()
    return organization


async def set_role(session: AsyncSession, actor: Principal, id: UUID, person: UUID, role: MemberRole) -> Membership:
    """Make a member an owner, or an owner a member. Raises Problem 403, 404, 409 for the last owner."""
    await _owned(session, actor, id)
    membership = await _member(session, id, person)
    if membership.role == MemberRole.OWNER and role is not MemberRole.OWNER:
        await _check_other_owner(session, id, person)
    membership.role = role
    session.add(membership)
    await session.flush()
    return membership


async def remove(session: AsyncSession, actor: Principal, id: UUID, person: UUID) -> None:
    """End a membership: an owner may end everybody's, everybody their own. Raises Problem 403, 404, 409."""
    _, parts = await locked(session, actor, id)
    if Part.OWNER not in parts and not (person == actor.id and Part.APPLICANT in parts):
        raise Problem(FORBIDDEN, "Owners take members out; everybody may leave.")
    membership = await _member(session, id, person)
    if membership.role == MemberRole.OWNER:
        await _check_other_owner(session, id, person)
    membership.until = now()
    session.add(membership)
    # What they handed out goes with them.
    await session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == id,  # type: ignore[arg-type]
            Invitation.by == person,  # type: ignore[arg-type]
            table_of(Invitation).c.accepted_at.is_(None),
            table_of(Invitation).c.revoked_at.is_(None),
        )
        .values(revoked_at=now())
    )
    await session.flush()


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def no_invitation() -> Problem:
    """The problem of a token nobody gave out."""
    return Problem(NOT_FOUND, "There is no such invitation; look whether the link is whole.")


def check_usable(invitation: Invitation) -> None:
    """Raises Problem 410 for one that was used, revoked or has expired."""
    for over, why in (
        (invitation.accepted_at is not None, "It was used already; each invitation is for one person."),
        (invitation.revoked_at is not None, "It was taken back; ask for a new one."),
        (invitation.expires_at <= now(), "It has expired; ask for a new one."),
    ):
        if over:
            raise Problem(INVITATION_OVER, why)


async def _owned(session: AsyncSession, actor: Principal, id: UUID) -> Organization:
    organization, parts = await locked(session, actor, id)
    if Part.OWNER not in parts:
        raise Problem(FORBIDDEN, "Only its owners say who belongs to an organization.")
    return organization


async def _member(session: AsyncSession, id: UUID, person: UUID) -> Membership:
    membership = await session.get(Membership, (id, person), populate_existing=True)
    if membership is None or membership.until is not None:
        raise Problem(NOT_FOUND, f"{person} does not belong to this organization.")
    return membership


async def _check_other_owner(session: AsyncSession, id: UUID, person: UUID) -> None:
    m = table_of(Membership).c
    others = select(m.person).where(
        m.organization_id == id, m.role == MemberRole.OWNER, m.until.is_(None), m.person != person
    )
    if (await session.execute(others.limit(1))).first() is None:
        raise Problem(LAST_OWNER, "Make somebody else an owner first.")
