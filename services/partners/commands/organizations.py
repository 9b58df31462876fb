"""Creating, editing and moving organizations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import policy, statements, workflow
from services.partners.commands.moving import check_complete, line_for
from services.partners.schemas.organizations import OrganizationEditIn, OrganizationIn
from services.partners.tables import Membership, Organization, now
from services.partners.workflow import OrganizationAction, OrganizationState, Part
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.messaging.outbox import tell
from shared.storage.locks import lock

_REQUIRED = frozenset({"kind", "language", "name", "summary", "description", "themes", "territories"})
"""Fields ``null`` says nothing about."""


async def create(session: AsyncSession, actor: Principal, given: OrganizationIn) -> Organization:
    """A new organization, owned by who creates it. Raises Problem 422 for numbers that do not agree."""
    organization = Organization(**given.model_dump())
    _set_numbers(organization, {"siren", "siret"} & given.model_fields_set)
    session.add(organization)
    await session.flush()
    session.add(Membership(organization_id=organization.id, person=actor.id, role="owner"))
    await session.flush()
    return organization


async def edit(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, changes: OrganizationEditIn
) -> Organization:
    """Change what is said of it; for its members. Raises Problem 403, 404, 412, 422."""
    organization, parts = await locked(session, actor, id)
    if Part.APPLICANT not in parts:
        raise Problem(FORBIDDEN, "Only its members change what an organization says of itself.")
    if organization.state == OrganizationState.WITHDRAWN and Part.OWNER not in parts:
        raise Problem(FORBIDDEN, "It was withdrawn; only its owners change it now.")
    expected.check(organization.version)
    named: dict[str, Any] = changes.model_dump(include=changes.model_fields_set)
    for name, value in named.items():
        if value is not None or name not in _REQUIRED:
            setattr(organization, name, value)
    _set_numbers(organization, {"siren", "siret"} & changes.model_fields_set)
    if organization.state == OrganizationState.PUBLISHED:
        _check_complete(organization)
    await changed(session, organization)
    return organization


async def move(
    session: AsyncSession,
    actor: Principal,
    id: UUID,
    expected: Expected,
    action: OrganizationAction,
    reason: str | None,
) -> Organization:
    """Publish or withdraw. Raises Problem 403, 404, 409, 412, 422."""
    organization, parts = await locked(session, actor, id)
    expected.check(organization.version)
    line, reason = line_for(workflow.ORGANIZATION, "An organization", organization.state, action, parts, reason)
    if line.complete:
        _check_complete(organization)
    organization.state = line.to
    if line.to == OrganizationState.PUBLISHED:
        organization.published_at = now()
        organization.withdrawn_at = organization.withdrawal_reason = None
    else:
        organization.withdrawn_at, organization.withdrawal_reason = now(), reason
    await changed(session, organization)
    return organization


async def changed(session: AsyncSession, organization: Organization) -> None:
    """Note a change of a locked organization, and tell the others if it shows."""
    organization.version += 1
    organization.updated_at = now()
    session.add(organization)
    message = statements.of_organization(organization)
    if message is not None:
        await tell(session, organization, message)
    await session.flush()


async def locked(session: AsyncSession, actor: Principal, id: UUID) -> tuple[Organization, frozenset[Part]]:
    """An organization the actor may know of, locked, and what they are to it. Raises Problem 404."""
    organization = await lock(session, Organization, id)
    if organization is not None:
        parts = policy.organization_parts(actor, await role_in(session, id, actor.id))
        if policy.may_read_organization(OrganizationState(organization.state), parts):
            return organization, parts
    raise Problem(NOT_FOUND, f"There is no organization {id} for you.")


async def role_in(session: AsyncSession, id: UUID, person: UUID) -> str | None:
    """What somebody is in an organization now; None for nothing."""
    membership = await session.get(Membership, (id, person), populate_existing=True)
    return None if membership is None or membership.until is not None else membership.role


def _set_numbers(organization: Organization, given: set[str]) -> None:
    """With a SIRET the SIREN follows; said both, they must agree."""
    if not given:
        return
    if organization.siret is not None:
        of_siret = organization.siret[:9]
        if "siren" in given and organization.siren not in (None, of_siret):
            raise Problem(INVALID, errors=[("siren", f"does not agree with the SIRET, whose SIREN is {of_siret}")])
        organization.siren = of_siret


def _check_complete(organization: Organization) -> None:
    check_complete("The organization", [("summary", organization.summary)])
