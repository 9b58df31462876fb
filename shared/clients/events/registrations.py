"""Who comes, and who waits."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef
from shared.clients.events.forums import ForumSummary


class OwnRegistration(Answer):
    """One's own registration: ``registered``, or ``waiting`` at a place in the list."""

    forum: str
    state: str
    place: int | None
    at: datetime
    promoted_at: datetime | None


class Places(Answer):
    """How many places a forum has, how many are taken, and what the bearer has."""

    capacity: int | None
    taken: int
    waiting: int
    open: bool
    """Whether one can register now."""
    mine: OwnRegistration | None


class Registrant(Answer):
    """Who comes, or waits; told to the organizer."""

    person: PersonRef
    state: str
    place: int | None
    at: datetime
    promoted_at: datetime | None


class Registrants(Answer):
    """A page of registrants, in the order in which they came."""

    items: list[Registrant]
    next: str | None


class RegistrationWithForum(Answer):
    """One's own registration, with its forum."""

    forum: ForumSummary
    state: str
    place: int | None
    at: datetime
    promoted_at: datetime | None


class OwnRegistrations(Answer):
    """A page of one's own registrations, newest first."""

    items: list[RegistrationWithForum]
    next: str | None
