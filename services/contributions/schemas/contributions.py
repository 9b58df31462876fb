"""A contribution: what a writer sends, what a reader gets."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.contributions.schemas.fields import Body, Closed, Labels, Language, PersonOut, Summary, Title, storable
from services.contributions.workflow import Action, State
from shared.http.route import VersionedAnswer


class Kind(StrEnum):
    """What sort of text it is."""

    STUDY = "study"
    NOTE = "note"
    OP_ED = "op_ed"
    INTERVIEW = "interview"
    IDEA = "idea"


class DraftIn(Closed):
    """A new contribution."""

    kind: Kind
    language: Language = Language.FRENCH
    title: Title
    summary: Summary = ""
    body: Body = ""
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)


class EditIn(Closed):
    """Changes; what is not named stays."""

    kind: Kind | None = None
    language: Language | None = None
    title: Title | None = None
    summary: Summary | None = None
    body: Body | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    reason: Annotated[str, Field(max_length=2000), AfterValidator(storable)] | None = None
    """Of a correction of what is published: what was corrected and why, for its readers. Required there."""


class TransitionIn(Closed):
    """What is asked for, and why."""

    action: Action
    reason: Annotated[str, Field(max_length=2000), AfterValidator(storable)] | None = None
    at: AwareDatetime | None = None
    """With ``publish`` (or ``schedule``): publish then, not now. An instant to come, with its offset."""


class PreviewIn(Closed):
    """Markdown to be shown as readers would see it."""

    body: Body


class PreviewOut(BaseModel):
    """The same, rendered and sanitized."""

    html: str
    reading_minutes: int


class SummaryOut(BaseModel):
    """A contribution in a list."""

    id: UUID
    version: int
    state: State
    kind: Kind
    language: Language
    title: str
    summary: str
    themes: list[str]
    territories: list[str]
    authors: list[PersonOut]
    reading_minutes: int
    url: str
    editor: PersonOut | None
    """Whom the review is assigned to; told to authors and editors."""
    due_on: date | None
    updated_at: datetime
    publish_at: datetime | None
    published_at: datetime | None


class ContributionOut(VersionedAnswer):
    """A contribution, whole."""

    id: UUID
    version: int
    state: State
    kind: Kind
    language: Language
    title: str
    summary: str
    body: str
    body_html: str
    themes: list[str]
    territories: list[str]
    authors: list[PersonOut]
    reading_minutes: int
    url: str
    editor: PersonOut | None
    """Whom the review is assigned to; told to authors and editors."""
    due_on: date | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    publish_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    corrected_at: datetime | None
    revisions: int
    """How many revisions are kept, whoever may see them."""
    actions: list[str]


class PageOut(BaseModel):
    """A page of a list."""

    items: list[SummaryOut]
    next: str | None


class AddressOut(BaseModel):
    """Where a published contribution is read."""

    id: UUID
    url: str
    updated_at: datetime


class AddressesOut(BaseModel):
    """Some of them, in the order of their ids; more begin at ``next``."""

    items: list[AddressOut]
    next: UUID | None


class AddressPartsOut(BaseModel):
    """The published contributions in parts of equal size: the first id of each."""

    starts: list[UUID]


class StepOut(BaseModel):
    """One transition of a contribution's life. Editors are not named to the public."""

    at: datetime
    action: Action
    before: State
    after: State
    reason: str | None


class StepsOut(BaseModel):
    """A contribution's life, oldest first."""

    items: list[StepOut]
