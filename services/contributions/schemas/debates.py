"""Debates: what an opener sends, what a reader gets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.contributions.debate_workflow import DebateAction, Phase
from services.contributions.schemas.fields import Closed, Labels, Language, PersonOut, line, storable
from shared.http.route import VersionedAnswer


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("not a zone; give an IANA name such as Europe/Paris") from None
    return name


Question = Annotated[str, Field(min_length=1, max_length=240), AfterValidator(line)]

Introduction = Annotated[str, Field(max_length=20_000), AfterValidator(storable)]

Zone = Annotated[str, Field(max_length=64), AfterValidator(storable), AfterValidator(_zone)]

Reason = Annotated[str, Field(max_length=2000), AfterValidator(storable)]

Listed = Literal["scheduled", "open", "closed", "any"]
"""Which debates a list shows; withdrawn ones are in none."""


class DebateIn(Closed):
    """A new debate. Themes and territories left out are those of the contribution it is opened on."""

    question: Question
    introduction: Introduction = ""
    language: Language = Language.FRENCH
    contribution: UUID | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    opens_at: AwareDatetime | None = None
    """Left out: at once."""
    closes_at: AwareDatetime
    zone: Zone = "Europe/Paris"
    """IANA zone in which people are told the instants."""


class DebateEditIn(Closed):
    """Changes; what is not named stays."""

    question: Question | None = None
    introduction: Introduction | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    zone: Zone | None = None


class DebateTransitionIn(Closed):
    """What is asked for, and why."""

    action: DebateAction
    reason: Reason | None = None


class TallyOut(BaseModel):
    """How many arguments of each position, and how many replies, everybody may read."""

    arguments_for: int
    arguments_against: int
    arguments_nuance: int
    replies: int


class AboutOut(BaseModel):
    """The contribution a debate was opened on."""

    id: UUID
    title: str
    url: str


class DebateSummaryOut(BaseModel):
    """A debate in a list."""

    id: UUID
    version: int
    phase: Phase
    """Where it is now, by the clock."""
    language: Language
    question: str
    summary: str
    """How its introduction begins."""
    themes: list[str]
    territories: list[str]
    opens_at: datetime
    closes_at: datetime
    zone: str
    updated_at: datetime
    tally: TallyOut
    url: str


class DebateOut(VersionedAnswer):
    """A debate, whole."""

    id: UUID
    version: int
    phase: Phase
    language: Language
    question: str
    introduction: str
    introduction_html: str
    summary: str
    themes: list[str]
    territories: list[str]
    about: AboutOut | None
    opened_by: PersonOut
    opens_at: datetime
    closes_at: datetime
    zone: str
    created_at: datetime
    updated_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    said_at: datetime | None
    """When something was said in it last, whether it may still be read or not."""
    tally: TallyOut
    url: str
    actions: list[str]
    """What the bearer may do: ``edit``, ``close``, ``withdraw``, ``argue``."""


class DebatesOut(BaseModel):
    """A page of debates."""

    items: list[DebateSummaryOut]
    next: str | None
