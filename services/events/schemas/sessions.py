"""Sessions over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.events.schemas.fields import (
    Abstract,
    Body,
    Closed,
    Line,
    Minutes,
    Name,
    Reason,
    SpokenLanguage,
    Title,
)
from services.events.workflow import SessionAction, SessionState
from shared.http.route import VersionedAnswer

FIRST, LAST = datetime(1970, 1, 2), datetime(2200, 1, 1)


def _within(value: datetime) -> datetime:
    if not FIRST <= value.replace(tzinfo=None) < LAST:
        raise ValueError(f"choose a time between {FIRST.year} and {LAST.year - 1}")
    return value


class SpeakerIn(Closed):
    """Who speaks: a person known here, or a name, or both (then the person's own name is shown)."""

    person: UUID | None = None
    name: Line = ""

    @model_validator(mode="after")
    def _somebody(self) -> SpeakerIn:
        if self.person is None and not self.name:
            raise ValueError("say who: a name, or the id of a person")
        return self


class SpeakerOut(BaseModel):
    """Who speaks; the name is empty while nobody has told it."""

    person: UUID | None
    name: str


Speakers = Annotated[list[SpeakerIn], Field(max_length=100)]
StartsAt = Annotated[
    datetime,
    Field(
        description="Wall time in the forum's zone, such as 2027-03-28T10:00; or an instant, with its offset",
        examples=["2027-03-28T10:00", "2027-03-28T10:00:00+02:00"],
    ),
]


class SessionIn(Closed):
    """A new session."""

    title: Title
    room: UUID
    starts_at: StartsAt
    minutes: Minutes
    language: SpokenLanguage = "fr"
    format: Line = ""
    summary: Abstract = ""
    description: Body = ""
    """Markdown."""
    track: Name | None = None
    """One of the forum's."""
    speakers: Speakers = Field(default_factory=list)

    @model_validator(mode="after")
    def _sane(self) -> SessionIn:
        _within(self.starts_at)
        return self


class SessionEditIn(Closed):
    """Changes; what is not named stays. ``null`` takes the track away."""

    title: Title | None = None
    room: UUID | None = None
    starts_at: StartsAt | None = None
    minutes: Minutes | None = None
    language: SpokenLanguage | None = None
    format: Line | None = None
    summary: Abstract | None = None
    description: Body | None = None
    track: Name | None = None
    speakers: Speakers | None = None

    @model_validator(mode="after")
    def _sane(self) -> SessionEditIn:
        if self.starts_at is not None:
            _within(self.starts_at)
        return self


class SessionTransitionIn(Closed):
    """What is asked for, and why."""

    action: SessionAction
    reason: Reason | None = None


class Swapped(Closed):
    """A session to be swapped, at the version it was read."""

    id: UUID
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class SwapIn(Closed):
    """Two sessions that take each other's room and time."""

    one: Swapped
    other: Swapped


class WarningOut(BaseModel):
    """Something that may be meant, and may be a mistake: ``speaker-twice``, a speaker in two places at once."""

    kind: Literal["speaker-twice"]
    speaker: SpeakerOut
    sessions: list[UUID]
    """The session at hand first."""
    titles: list[str]


class SessionSummaryOut(BaseModel):
    """A session in a schedule."""

    id: UUID
    version: int
    state: SessionState
    """``cancelled`` also when its forum is."""
    title: str
    summary: str
    language: str
    format: str
    track: str | None
    room: UUID
    room_name: str
    speakers: list[SpeakerOut]
    starts_at: datetime
    """With the offset of the forum's zone."""
    minutes: int
    begins_at: datetime
    ends_at: datetime
    day: date
    """In the forum's zone."""
    url: str


class SessionOut(VersionedAnswer):
    """A session, whole."""

    id: UUID
    forum: UUID
    version: int
    state: SessionState
    guid: UUID
    title: str
    summary: str
    description: str
    description_html: str
    language: str
    format: str
    track: str | None
    room: UUID
    room_name: str
    speakers: list[SpeakerOut]
    starts_at: datetime
    """With the offset of the forum's zone."""
    minutes: int
    zone: str
    begins_at: datetime
    ends_at: datetime
    day: date
    sequence: int
    """Of its entry in calendars."""
    url: str
    updated_at: datetime
    cancelled_at: datetime | None
    cancellation_reason: str | None
    actions: list[str]
    """``edit``, ``cancel``, ``restore``: what the bearer may do now."""
    warnings: list[WarningOut]
    """Only in answers to changes."""


class SwapOut(BaseModel):
    """Two sessions after they were swapped."""

    one: SessionOut
    other: SessionOut


class SessionsOut(BaseModel):
    """A page of sessions, in the order in which they begin."""

    items: list[SessionSummaryOut]
    next: str | None


class WarningsOut(BaseModel):
    """What may be a mistake in a forum's schedule."""

    items: list[WarningOut]
