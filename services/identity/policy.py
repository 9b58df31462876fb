"""Who may do what to accounts: pure functions. What a route asks for is said at the route."""

from __future__ import annotations

from collections.abc import Set

from shared.auth.principal import Role

GRANTABLE = frozenset(Role) - {Role.CITIZEN}
"""Roles an admin gives and takes; a citizen is what every account is."""


def roles_of(granted: Set[Role]) -> tuple[Role, ...]:
    """All roles of an account, in alphabetical order."""
    return tuple(sorted({*granted, Role.CITIZEN}))


def refuse_change(role: Role) -> str | None:
    """Why a role can be neither granted nor taken; None if it can."""
    if role in GRANTABLE:
        return None
    return "Every account is a citizen: this role is neither granted nor taken."


def refuse_losing(is_admin: bool, admins: int) -> str | None:
    """Why an account can be neither suspended nor erased, nor lose the role of admin, with so many admins who can
    sign in; None if it can."""
    if is_admin and admins <= 1:
        return "This is the last admin. Make somebody else an admin first."
    return None
