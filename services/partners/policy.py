"""Who may do what: pure functions of principal and entity. What a conflict of interest is: `conflicts`."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.partners.workflow import ApplicationState, CallState, DemonstratorState, OrganizationState, Part
from shared.auth.principal import Principal, Role

RUNNERS = (Role.ORGANIZER, Role.ADMIN)
REVIEWERS = (Role.REVIEWER,)


def is_warden(principal: Principal | None) -> bool:
    """Whether they look after what is shown to all."""
    return principal is not None and principal.has(*RUNNERS)


def runs(principal: Principal | None, organizers: Collection[UUID]) -> bool:
    """Whether they run a call: one of its organizers who still is an organizer, or an admin."""
    if principal is None:
        return False
    return principal.has(Role.ADMIN) or (principal.has(Role.ORGANIZER) and principal.id in organizers)


def organization_parts(principal: Principal | None, membership: str | None) -> frozenset[Part]:
    """What somebody is to an organization; ``membership`` is their role in it now."""
    found = {Part.APPLICANT} if membership is not None else set()
    if membership == "owner":
        found.add(Part.OWNER)
    if is_warden(principal):
        found.add(Part.WARDEN)
    return frozenset(found)


def may_read_organization(state: OrganizationState, parts: frozenset[Part]) -> bool:
    """Published ones are everybody's; the others their members', and those of who looks after what is shown, once it
    was shown."""
    if state is OrganizationState.PUBLISHED or Part.APPLICANT in parts:
        return True
    return state is OrganizationState.WITHDRAWN and Part.WARDEN in parts


def may_read_call(principal: Principal | None, state: CallState, organizers: Collection[UUID]) -> bool:
    """Drafts and withdrawn ones are for who runs them."""
    return state in {CallState.PUBLISHED, CallState.CLOSED} or runs(principal, organizers)


def application_parts(
    principal: Principal | None,
    *,
    member: bool,
    organizers: Collection[UUID],
    assigned: bool,
    submitted: bool,
    barred_from_running: bool,
    barred_from_reviewing: bool,
) -> frozenset[Part]:
    """What somebody is to an application. Nobody evaluates what was never submitted, nor what they are barred from."""
    if principal is None:
        return frozenset()
    found = {Part.APPLICANT} if member else set()
    if submitted and runs(principal, organizers) and not barred_from_running:
        found.add(Part.RUNNER)
    if submitted and assigned and principal.has(*REVIEWERS) and not barred_from_reviewing:
        found.add(Part.REVIEWER)
    return frozenset(found)


def may_edit_application(state: ApplicationState, parts: frozenset[Part]) -> bool:
    """Only drafts change, and only by the organization's members."""
    return state is ApplicationState.DRAFT and Part.APPLICANT in parts


def partnership_parts(
    principal: Principal | None, *, member: bool, organizers: Collection[UUID], contacts: Collection[UUID]
) -> frozenset[Part]:
    """What somebody is to a partnership and its demonstrators: the organization's, or the call's."""
    if principal is None:
        return frozenset()
    found = {Part.APPLICANT} if member else set()
    if runs(principal, organizers) or principal.id in contacts:
        found.add(Part.RUNNER)
    return frozenset(found)


def may_read_demonstrator(state: DemonstratorState, parts: frozenset[Part]) -> bool:
    """Published and ended ones are everybody's; the others the partners'."""
    return state in {DemonstratorState.PUBLISHED, DemonstratorState.ENDED} or bool(parts)
