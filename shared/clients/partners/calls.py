"""Calls, as they are answered and asked for."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef


class Criterion(Answer):
    """What reviewers score."""

    id: str
    name: str
    description: str = ""
    weight: int = 1


class CallRef(Answer):
    """A call named with something else."""

    id: str
    title: str
    url: str
    zone: str
    deadline: datetime | None
    top_score: int
    criteria: list[Criterion]


class CallSummary(Answer):
    """A call in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published``, ``closed`` or ``withdrawn``."""
    phase: str
    """Whether one can apply now: ``coming``, ``open`` or ``over``."""
    kind: str
    """``projects``, ``interest`` or ``open`` (always open)."""
    language: str
    title: str
    summary: str
    themes: list[str]
    territories: list[str]
    zone: str
    """IANA name of the zone in which the instants were meant."""
    opens_at: datetime | None
    deadline: datetime | None
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Call(CallSummary):
    """A call, whole."""

    description: str
    criteria: list[Criterion]
    top_score: int
    """Scores go from 0 to this."""
    created_at: datetime
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    organizers: list[PersonRef]
    """Who runs it; told to them only."""
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``publish``, ``close``, ``withdraw``, ``read_applications``,
    ``apply``."""


class CallPage(Answer):
    """A page of calls."""

    items: list[CallSummary]
    next: str | None


class NewCriterion(Answer):
    """A criterion as an organizer writes it; ``id`` is of small letters, digits and hyphens."""

    id: str
    name: str
    description: str = ""
    weight: int = 1


class NewCall(Answer):
    """What an organizer calls for; instants are aware."""

    kind: str
    language: str
    title: str
    summary: str = ""
    description: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    criteria: tuple[NewCriterion, ...] = ()
    top_score: int = 5
    zone: str = "Europe/Paris"
    opens_at: datetime | None = None
    deadline: datetime | None = None
