"""Who may do what with forums: pure functions of principal and entity."""

from __future__ import annotations

from uuid import UUID

from services.events.workflow import EDITABLE, PUBLIC, Part, State
from shared.auth.principal import Principal, Role

ORGANIZERS = (Role.ORGANIZER, Role.ADMIN)


def may_create(principal: Principal) -> bool:
    """Organizers and admins open forums."""
    return principal.has(*ORGANIZERS)


def parts(principal: Principal | None, owner: UUID | None) -> frozenset[Part]:
    """What somebody is to a forum; who is no organizer any more has no part in what they opened."""
    if principal is None:
        return frozenset()
    found = {Part.ORGANIZER} if principal.id == owner and principal.has(*ORGANIZERS) else set()
    return frozenset(found | ({Part.ADMIN} if principal.has(Role.ADMIN) else set()))


def may_read(principal: Principal | None, state: State, owner: UUID | None) -> bool:
    """What is published or cancelled is everybody's; a draft its organizer's and the admins'."""
    return state in PUBLIC or bool(parts(principal, owner))


def may_edit(principal: Principal | None, state: State, owner: UUID | None) -> bool:
    """Whether they may change the forum, its rooms and its sessions now."""
    return state in EDITABLE and bool(parts(principal, owner))


def may_see_registrations(principal: Principal | None, owner: UUID | None) -> bool:
    """Who comes is for its organizer and the admins alone."""
    return bool(parts(principal, owner))
