"""Calls and their criteria."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.partners.schemas.fields import (
    Closed,
    LabelId,
    Labels,
    Language,
    Name,
    PersonOut,
    Reason,
    Summary,
    Text,
    Title,
    Zone,
)
from services.partners.workflow import CallAction, CallState
from shared.http.route import VersionedAnswer


class CallKind(StrEnum):
    """What is called for."""

    PROJECTS = "projects"
    INTEREST = "interest"
    OPEN = "open"
    """Always open, for what nobody asked for."""


class Phase(StrEnum):
    """Whether one can apply now."""

    COMING = "coming"
    OPEN = "open"
    OVER = "over"


class Criterion(Closed):
    """What reviewers score."""

    id: LabelId
    name: Name
    description: Summary = ""
    weight: Annotated[int, Field(ge=1, le=100)] = 1


def _criteria(values: list[Criterion]) -> list[Criterion]:
    ids = [one.id for one in values]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"the id {twice[0]!r} is there twice; each criterion needs its own")
    return values


Criteria = Annotated[list[Criterion], Field(max_length=20), AfterValidator(_criteria)]
TopScore = Annotated[int, Field(ge=1, le=100)]
Organizers = Annotated[list[UUID], Field(min_length=1, max_length=20)]


class CallIn(Closed):
    """A new call; whoever creates it runs it."""

    kind: CallKind
    language: Language = Language.FRENCH
    title: Title
    summary: Summary = ""
    description: Text = ""
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)
    criteria: Criteria = Field(default_factory=list)
    top_score: TopScore = 5
    zone: Zone = "Europe/Paris"
    opens_at: AwareDatetime | None = None
    deadline: AwareDatetime | None = None


class CallEditIn(Closed):
    """Changes; what is not named stays, and ``null`` takes an instant away. Once published, how applications are
    judged (criteria, top score) stays as it is."""

    kind: CallKind | None = None
    language: Language | None = None
    title: Title | None = None
    summary: Summary | None = None
    description: Text | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    criteria: Criteria | None = None
    top_score: TopScore | None = None
    zone: Zone | None = None
    opens_at: AwareDatetime | None = None
    deadline: AwareDatetime | None = None
    organizers: Organizers | None = None


class CallTransitionIn(Closed):
    """What is asked for, and why."""

    action: CallAction
    reason: Reason | None = None


class CallRefOut(BaseModel):
    """A call named with something else."""

    id: UUID
    title: str
    url: str
    zone: str
    deadline: datetime | None
    top_score: int
    criteria: list[Criterion]


class CallSummaryOut(BaseModel):
    """A call in a list."""

    id: UUID
    version: int
    state: CallState
    phase: Phase
    kind: CallKind
    language: Language
    title: str
    summary: str
    themes: list[str]
    territories: list[str]
    zone: str
    opens_at: datetime | None
    deadline: datetime | None
    url: str
    updated_at: datetime
    published_at: datetime | None


class CallOut(VersionedAnswer):
    """A call, whole."""

    id: UUID
    state: CallState
    phase: Phase
    kind: CallKind
    language: Language
    title: str
    summary: str
    description: str
    themes: list[str]
    territories: list[str]
    criteria: list[Criterion]
    top_score: int
    zone: str
    opens_at: datetime | None
    deadline: datetime | None
    url: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    organizers: list[PersonOut]
    """Who runs it; told to them only."""
    actions: list[str]
    """What the bearer may ask for now; ``edit`` and ``read_applications`` for who runs it, ``apply`` for all who are
    signed in while it takes applications."""


class CallPageOut(BaseModel):
    """A page of calls."""

    items: list[CallSummaryOut]
    next: str | None
