"""Forums and rooms over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.events.schemas.fields import (
    Acronym,
    Address,
    Body,
    Capacity,
    Closed,
    Labels,
    Language,
    Line,
    Name,
    PersonOut,
    Reason,
    Summary,
    Title,
    Tracks,
    Zone,
)
from services.events.workflow import Action, State
from shared.http.route import VersionedAnswer

When = Literal["coming", "past", "any"]
"""Coming: its last day is not over."""
Listed = Literal["public", "draft", "published", "cancelled", "any"]
"""``public`` is what is published or cancelled."""
FirstDay = Annotated[date, Field(ge=date(1970, 1, 2), le=date(2199, 12, 31))]


class ForumIn(Closed):
    """A new forum, as a draft."""

    language: Language = Language.FRENCH
    title: Title
    summary: Summary = ""
    description: Body = ""
    """Markdown."""
    venue: Line = ""
    link: Address | None = None
    zone: Zone = "Europe/Paris"
    starts_on: FirstDay
    ends_on: FirstDay
    """Its last day."""
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)
    tracks: Tracks = Field(default_factory=list)
    capacity: Capacity | None = None
    """How many may come; null for as many as like."""
    acronym: Acronym | None = None


class ForumEditIn(Closed):
    """Changes; what is not named stays. ``null`` takes away a link, a capacity, an acronym."""

    language: Language | None = None
    title: Title | None = None
    summary: Summary | None = None
    description: Body | None = None
    venue: Line | None = None
    link: Address | None = None
    zone: Zone | None = None
    starts_on: FirstDay | None = None
    ends_on: FirstDay | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    tracks: Tracks | None = None
    capacity: Capacity | None = None
    acronym: Acronym | None = None


class TransitionIn(Closed):
    """What is asked for, and why."""

    action: Action
    reason: Reason | None = None


class ForumSummaryOut(BaseModel):
    """A forum in a list."""

    id: UUID
    version: int
    state: State
    language: Language
    title: str
    summary: str
    venue: str
    link: str | None
    zone: str
    starts_on: date
    ends_on: date
    begins_at: datetime
    ends_at: datetime
    themes: list[str]
    territories: list[str]
    url: str
    updated_at: datetime
    published_at: datetime | None


class ForumOut(VersionedAnswer):
    """A forum, whole."""

    id: UUID
    version: int
    state: State
    language: Language
    title: str
    summary: str
    description: str
    description_html: str
    venue: str
    link: str | None
    zone: str
    starts_on: date
    ends_on: date
    begins_at: datetime
    ends_at: datetime
    themes: list[str]
    territories: list[str]
    tracks: list[str]
    capacity: int | None
    acronym: str | None
    owner: PersonOut | None
    url: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    actions: list[str]
    """Transitions the bearer may ask for now; ``edit`` when it may be changed."""


class ForumsOut(BaseModel):
    """A page of forums."""

    items: list[ForumSummaryOut]
    next: str | None


class StepOut(BaseModel):
    """A transition that happened."""

    at: datetime
    action: str
    session_id: UUID | None
    """Of which session; null for the forum's own."""
    reason: str | None


class StepsOut(BaseModel):
    """A page of transitions, oldest first."""

    items: list[StepOut]
    next: str | None


class RoomIn(Closed):
    """A new room."""

    name: Name
    capacity: Capacity | None = None


class RoomEditIn(Closed):
    """Changes of a room; ``null`` takes its capacity away."""

    name: Name | None = None
    capacity: Capacity | None = None


class RoomOut(VersionedAnswer):
    """A room of a forum."""

    id: UUID
    version: int
    name: str
    capacity: int | None


class RoomsOut(BaseModel):
    """A page of rooms, in the order they are shown."""

    items: list[RoomOut]
    next: str | None
