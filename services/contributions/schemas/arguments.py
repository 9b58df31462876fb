"""Arguments, endorsements, reports and moderation."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.contributions.charter import Rule
from services.contributions.debate_workflow import ArgumentState, Phase, Position
from services.contributions.schemas.debates import Reason
from services.contributions.schemas.fields import Closed, PersonOut, something, storable
from shared.http.route import VersionedAnswer

Words = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(something)]


class Order(StrEnum):
    """How a list of arguments is sorted."""

    ENDORSEMENTS = "endorsements"
    """Most endorsed first; of equals, the newest."""
    NEWEST = "newest"
    OLDEST = "oldest"


class ArgumentIn(Closed):
    """An argument with its position, or a reply to one."""

    body: Words
    """Markdown."""
    position: Position | None = None
    """Required, except for a reply."""
    answers: UUID | None = None
    """The argument it replies to."""


class ArgumentEditIn(Closed):
    """A better way to say it."""

    body: Words


class DebateRefOut(BaseModel):
    """The debate of an argument."""

    id: UUID
    question: str
    url: str
    phase: Phase


class SpokenOut(VersionedAnswer):
    """An argument or a reply, as its reader may see it.

    Of a hidden one everybody learns the rule it broke; its text and author are for its author and moderators, and the
    motive too.
    """

    id: UUID
    version: int
    debate: DebateRefOut
    answers: UUID | None
    position: Position | None
    state: ArgumentState
    language: str
    body: str | None
    body_html: str | None
    author: PersonOut | None
    made_at: datetime
    edited_at: datetime | None
    hidden_at: datetime | None
    rule: Rule | None
    reason: str | None
    endorsements: int
    replies: int
    reports: int | None
    """How many reports wait; told to moderators."""
    endorsed: bool
    """Whether the bearer endorses it."""
    mine: bool
    url: str
    """Where it is read on the site."""
    actions: list[str]
    """What the bearer may do: ``edit``, ``take_back``, ``reply``, ``endorse``, ``report``, ``hide``, ``restore``,
    ``dismiss``."""


class ArgumentOut(SpokenOut):
    """An argument with its first replies."""

    first_replies: list[SpokenOut]


class ArgumentsOut(BaseModel):
    """A page of arguments."""

    items: list[ArgumentOut]
    next: str | None


class RecentOut(BaseModel):
    """Something that was said, to be asked for."""

    id: UUID
    answers: UUID | None
    made_at: datetime


class RecentsOut(BaseModel):
    """What was said since an instant, oldest first; there is more if there are as many as were asked for."""

    items: list[RecentOut]


class EndorsementOut(BaseModel):
    """Who endorses an argument, as far as the bearer is concerned."""

    argument: UUID
    endorsements: int
    endorsed: bool


class ReportIn(Closed):
    """Which argument breaks which rule."""

    argument: UUID
    rule: Rule
    note: Annotated[str, Field(max_length=1000), AfterValidator(storable)] = ""


class ReportOut(BaseModel):
    """A report. Who made it is nobody's to know."""

    id: UUID
    argument: UUID
    rule: Rule
    note: str
    at: datetime
    settled_at: datetime | None
    outcome: Literal["upheld", "dismissed", "moot"] | None


class ReportedOut(ReportOut):
    """A report with what it is about, for moderators."""

    about: SpokenOut


class ReportsOut(BaseModel):
    """A page of reports."""

    items: list[ReportedOut]
    next: str | None


class ModerationIn(Closed):
    """What a moderator decides."""

    action: Literal["hide", "restore", "dismiss"]
    rule: Rule | None = None
    """The rule that was broken; required to hide."""
    reason: Reason = ""
    """The motive, which its author is told; required to hide and to restore."""


class RuleRecordOut(BaseModel):
    """What was decided by one rule so far."""

    rule: Rule
    hidden: int
    restored: int


class RecordOut(BaseModel):
    """The public record of moderation: how often, by which rule; never who."""

    rules: list[RuleRecordOut]
    dismissed: int
    """Decisions that what was reported broke no rule."""
    waiting: int
    """Reports that wait for a decision."""
