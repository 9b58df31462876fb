"""Reading organizations, their members and invitations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import conflicts, policy, workflow
from services.partners.commands.members import NewInvitation, check_usable, digest_of, no_invitation
from services.partners.commands.organizations import role_in
from services.partners.queries.paging import names_of, page, person
from services.partners.schemas.organizations import (
    InvitationOut,
    InvitationsOut,
    InvitedOut,
    MemberOut,
    MemberRole,
    MembersOut,
    MyOrganizationOut,
    MyOrganizationsOut,
    NewInvitationOut,
    OrganizationOut,
    OrganizationPageOut,
    OrganizationRefOut,
    OrganizationSummaryOut,
)
from services.partners.statements import organization_url
from services.partners.tables import Invitation, Membership, Organization, now
from services.partners.workflow import OrganizationState, Part
from shared.auth.principal import Principal
from shared.http.problems import FORBIDDEN, GONE, NOT_FOUND, Problem
from shared.storage.tables import table_of

ORG: Any = table_of(Organization).c
M: Any = table_of(Membership).c
INV: Any = table_of(Invitation).c
_LISTED = (
    ORG.id, ORG.version, ORG.state, ORG.kind, ORG.language, ORG.name, ORG.summary, ORG.themes, ORG.territories,
    ORG.updated_at, ORG.published_at,
)  # fmt: skip
REF = (
    ORG.id.label("organization_id"),
    ORG.name.label("organization_name"),
    ORG.kind.label("organization_kind"),
    ORG.state.label("organization_state"),
)
"""What a reference to an organization is made of, in a statement that joins it."""


@dataclass(frozen=True)
class Wanted:
    """Which organizations a list shows."""

    state: str = OrganizationState.PUBLISHED
    """A state, or ``any``."""
    kind: str | None = None
    theme: str | None = None
    territory: str | None = None


def ref(row: Any) -> OrganizationRefOut:
    """The organization of a row that has `REF`."""
    return OrganizationRefOut(
        id=row.organization_id,
        name=row.organization_name,
        kind=row.organization_kind,
        url=organization_url(row.organization_id, row.organization_name)
        if row.organization_state == OrganizationState.PUBLISHED
        else None,
    )


async def read(session: AsyncSession, viewer: Principal | None, id: UUID) -> OrganizationOut:
    """One organization. Raises Problem 404, or 410 with the reason once it was withdrawn."""
    found = await session.get(Organization, id)
    if found is None:
        raise Problem(NOT_FOUND, f"There is no organization {id}.")
    parts, shown = await _seen(session, viewer, found)
    if not policy.may_read_organization(OrganizationState(found.state), parts):
        if found.state == OrganizationState.WITHDRAWN and found.withdrawn_at is not None:
            extra = {"withdrawn_at": found.withdrawn_at.isoformat(), "reason": found.withdrawal_reason}
            raise Problem(GONE, "This organization is not shown any more.", extra=extra)
        raise Problem(NOT_FOUND, f"There is no organization {id}.")
    return shown


async def whole(session: AsyncSession, viewer: Principal, found: Organization) -> OrganizationOut:
    """An organization the viewer may read, as they see it."""
    return (await _seen(session, viewer, found))[1]


async def _seen(
    session: AsyncSession, viewer: Principal | None, found: Organization
) -> tuple[frozenset[Part], OrganizationOut]:
    role = None if viewer is None else await role_in(session, found.id, viewer.id)
    parts = policy.organization_parts(viewer, role)
    actions = workflow.actions(workflow.ORGANIZATION, found.state, parts)
    withdrawn = found.state == OrganizationState.WITHDRAWN
    if Part.OWNER in parts or (Part.APPLICANT in parts and not withdrawn):
        actions.insert(0, "edit")
    if Part.OWNER in parts:
        actions.append("invite")
    shown = OrganizationOut(
        **found.model_dump(exclude={"ordinal", "origin"}),
        url=organization_url(found.id, found.name),
        membership=None if role is None else MemberRole(role),
        actions=actions,
    )
    return parts, shown


async def listed(
    session: AsyncSession, viewer: Principal | None, wanted: Wanted, cursor: str | None, limit: int
) -> OrganizationPageOut:
    """Newest first; only what the viewer may read. One query."""
    at = ORG.published_at if wanted.state == OrganizationState.PUBLISHED else ORG.updated_at
    query = select(*_LISTED).where(_readable(viewer), *_filters(wanted))
    rows, more = await page(session, query, at, ORG.id, cursor, limit)
    return OrganizationPageOut(items=[OrganizationSummaryOut(**_summary(row)) for row in rows], next=more)


async def mine(session: AsyncSession, viewer: Principal, cursor: str | None, limit: int) -> MyOrganizationsOut:
    """Those the viewer belongs to, the last changed first. One query."""
    query = (
        select(*_LISTED, M.role)
        .join(Membership, M.organization_id == ORG.id)
        .where(M.person == viewer.id, M.until.is_(None))
    )
    rows, more = await page(session, query, ORG.updated_at, ORG.id, cursor, limit)
    items = [MyOrganizationOut(**_summary(row), membership=MemberRole(row.role)) for row in rows]
    return MyOrganizationsOut(items=items, next=more)


async def members(session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int) -> MembersOut:
    """Who belongs to it, newest first; for its members. Raises Problem 403, 404."""
    await _inside(session, viewer, id)
    query = select(M.person, M.role, M.since).where(M.organization_id == id, M.until.is_(None))
    rows, more = await page(session, query, M.since, M.person, cursor, limit)
    names = await names_of(session, [row.person for row in rows])
    items = [MemberOut(person=person(row.person, names), role=row.role, since=row.since) for row in rows]
    return MembersOut(items=items, next=more)


async def member(session: AsyncSession, membership: Membership) -> MemberOut:
    """One member, just changed."""
    names = await names_of(session, [membership.person])
    role = MemberRole(membership.role)
    return MemberOut(person=person(membership.person, names), role=role, since=membership.since)


async def invitations(
    session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int
) -> InvitationsOut:
    """The open ones, newest first; for its owners. Raises Problem 403, 404."""
    if await _inside(session, viewer, id) != MemberRole.OWNER:
        raise Problem(FORBIDDEN, "Only its owners see the invitations.")
    query = select(INV.id, INV.role, INV.note, INV.by, INV.at, INV.expires_at).where(
        INV.organization_id == id, INV.accepted_at.is_(None), INV.revoked_at.is_(None), INV.expires_at > now()
    )
    rows, more = await page(session, query, INV.at, INV.id, cursor, limit)
    names = await names_of(session, [row.by for row in rows])
    return InvitationsOut(items=[_invitation(row, names) for row in rows], next=more)


async def new_invitation(session: AsyncSession, made: NewInvitation) -> NewInvitationOut:
    """An invitation with its token, as it is told once."""
    names = await names_of(session, [made.invitation.by])
    return NewInvitationOut(**_invitation(made.invitation, names).model_dump(), token=made.token)


async def invited(session: AsyncSession, viewer: Principal, token: str) -> InvitedOut:
    """What a token invites to. Raises Problem 404, 410."""
    invitation = (await session.execute(select(Invitation).where(INV.digest == digest_of(token)))).scalar_one_or_none()
    if invitation is None:
        raise no_invitation()
    role = await role_in(session, invitation.organization_id, viewer.id)
    if role is None:
        check_usable(invitation)
    row = (await session.execute(select(*REF).where(ORG.id == invitation.organization_id))).one()
    return InvitedOut(
        organization=ref(row),
        role=MemberRole(invitation.role),
        expires_at=invitation.expires_at,
        membership=None if role is None else MemberRole(role),
    )


def _invitation(row: Any, names: Mapping[UUID, str]) -> InvitationOut:
    return InvitationOut(
        id=row.id,
        role=MemberRole(row.role),
        note=row.note,
        by=person(row.by, names),
        at=row.at,
        expires_at=row.expires_at,
    )


async def _inside(session: AsyncSession, viewer: Principal, id: UUID) -> str:
    """The viewer's role in an organization. Raises Problem 403 for others, 404 where they may not know of it."""
    role = await role_in(session, id, viewer.id)
    if role is not None:
        return role
    state = (await session.execute(select(ORG.state).where(ORG.id == id))).scalar()
    if state is None or not policy.may_read_organization(
        OrganizationState(state), policy.organization_parts(viewer, None)
    ):
        raise Problem(NOT_FOUND, f"There is no organization {id} for you.")
    raise Problem(FORBIDDEN, "Only its members see who belongs to an organization.")


def _readable(viewer: Principal | None) -> Any:
    allowed = [ORG.state == OrganizationState.PUBLISHED]
    if viewer is not None:
        allowed.append(conflicts.belongs(viewer.id, ORG.id))
        if policy.is_warden(viewer):
            allowed.append(ORG.state == OrganizationState.WITHDRAWN)
    return or_(*allowed)


def _filters(wanted: Wanted) -> list[Any]:
    filters: list[Any] = []
    if wanted.state != "any":
        filters.append(ORG.state == wanted.state)
    if wanted.kind is not None:
        filters.append(ORG.kind == wanted.kind)
    if wanted.theme is not None:
        filters.append(ORG.themes.contains([wanted.theme]))
    if wanted.territory is not None:
        filters.append(ORG.territories.contains([wanted.territory]))
    return [and_(*filters)] if filters else []


def _summary(row: Any) -> dict[str, Any]:
    fields = {name: row._mapping[name] for name in OrganizationSummaryOut.model_fields if name != "url"}
    return {**fields, "url": organization_url(row.id, row.name)}
