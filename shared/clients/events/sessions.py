"""Sessions of a forum, and what their times clash with."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from shared.clients.base import Answer


class Speaker(Answer):
    """Who speaks; ``person`` is their id when they are known here."""

    person: str | None
    name: str


class SessionSummary(Answer):
    """A session in a schedule."""

    id: str
    version: int
    state: str
    """``scheduled`` or ``cancelled``."""
    title: str
    summary: str
    language: str
    format: str
    track: str | None
    room: str
    """Id."""
    room_name: str
    speakers: list[Speaker]
    starts_at: datetime
    """With the offset of the forum's zone: what to show."""
    minutes: int
    begins_at: datetime
    ends_at: datetime
    day: date
    """In the forum's zone."""
    url: str


class ScheduleWarning(Answer):
    """Something that may be a mistake: ``speaker-twice``, a speaker in two places at once."""

    kind: str
    speaker: Speaker
    sessions: list[str]
    titles: list[str]


class ScheduleWarnings(Answer):
    """What may be a mistake in a forum's schedule."""

    items: list[ScheduleWarning]


class Session(SessionSummary):
    """A session, whole."""

    forum: str
    guid: str
    description: str
    description_html: str
    zone: str
    sequence: int
    updated_at: datetime
    cancelled_at: datetime | None
    cancellation_reason: str | None
    actions: list[str]
    """``edit``, ``cancel``, ``restore``: what the bearer may do now."""
    warnings: list[ScheduleWarning] = Field(default_factory=list)
    """Only in answers to changes."""


class SessionPage(Answer):
    """A page of sessions, in the order in which they begin."""

    items: list[SessionSummary]
    next: str | None


class Swap(Answer):
    """Two sessions after they were swapped."""

    one: Session
    other: Session
