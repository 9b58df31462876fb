"""Who is asking, as a verified token says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What an account may be. Every account is a citizen."""

    CITIZEN = "citizen"
    EXPERT = "expert"
    EDITOR = "editor"
    ORGANIZER = "organizer"
    PARTNER = "partner"
    REVIEWER = "reviewer"
    MODERATOR = "moderator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A person and what they may be, for the five minutes their token lives."""

    id: UUID
    roles: frozenset[Role]
    signed_in_at: datetime | None = field(default=None, compare=False)
    """When they last showed who they are, if the token says so."""

    def has(self, *roles: Role) -> bool:
        """Whether they have at least one of these roles."""
        return not self.roles.isdisjoint(roles)
