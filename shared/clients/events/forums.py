"""Forums, their rooms, and the steps of their life."""

from __future__ import annotations

from datetime import date, datetime

from shared.clients.base import Answer, PersonRef


class ForumSummary(Answer):
    """A forum in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published`` or ``cancelled``."""
    language: str
    title: str
    summary: str
    venue: str
    link: str | None
    zone: str
    """IANA zone of its wall times."""
    starts_on: date
    ends_on: date
    """Its last day."""
    begins_at: datetime
    ends_at: datetime
    """When its last day is over."""
    themes: list[str]
    territories: list[str]
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Forum(ForumSummary):
    """A forum, whole."""

    description: str
    """Markdown."""
    description_html: str
    """Rendered and sanitized."""
    tracks: list[str]
    capacity: int | None
    """How many may come; None for as many as like."""
    acronym: str | None
    owner: PersonRef | None
    created_at: datetime
    cancelled_at: datetime | None
    cancellation_reason: str | None
    actions: list[str]
    """``edit``, ``publish``, ``retract``, ``cancel``, ``restore``: what the bearer may do now."""


class ForumPage(Answer):
    """A page of forums; ``next`` is the cursor of the page after it."""

    items: list[ForumSummary]
    next: str | None


class ForumDraft(Answer):
    """A new forum, as its organizer writes it."""

    language: str
    title: str
    summary: str = ""
    description: str = ""
    venue: str = ""
    link: str | None = None
    zone: str = "Europe/Paris"
    starts_on: date
    ends_on: date
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    capacity: int | None = None
    acronym: str | None = None


class ForumStep(Answer):
    """A transition that happened to a forum, or to a session of it."""

    at: datetime
    action: str
    session_id: str | None
    reason: str | None


class ForumHistory(Answer):
    """A page of transitions, oldest first."""

    items: list[ForumStep]
    next: str | None


class Room(Answer):
    """A room of a forum."""

    id: str
    version: int
    name: str
    capacity: int | None


class Rooms(Answer):
    """A page of rooms, in the order they are shown."""

    items: list[Room]
    next: str | None
