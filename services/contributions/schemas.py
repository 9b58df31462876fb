"""What goes over HTTP."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from services.contributions import comparison
from services.contributions.commands.revisions import Occasion
from services.contributions.workflow import Action, State
from shared.http.route import VersionedAnswer

LONGEST_BODY = 300_000


class Kind(StrEnum):
    """What sort of text it is."""

    STUDY = "study"
    NOTE = "note"
    OP_ED = "op_ed"
    INTERVIEW = "interview"
    IDEA = "idea"


class Language(StrEnum):
    """Languages of the forum (ISO 639-1)."""

    FRENCH = "fr"
    ENGLISH = "en"


def _line(value: str) -> str:
    tidy = " ".join(value.split())
    if not tidy:
        raise ValueError("write something here")
    return _storable(tidy)


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("contains a NUL character; take it out")
    return value


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
Summary = Annotated[str, Field(max_length=600), AfterValidator(_storable)]
Body = Annotated[str, Field(max_length=LONGEST_BODY), AfterValidator(_storable)]
Label = Annotated[str, Field(max_length=60), AfterValidator(_storable)]
Labels = Annotated[list[Label], Field(max_length=10), AfterValidator(_distinct)]


class _Closed(BaseModel):
    """Fields nobody knows are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class DraftIn(_Closed):
    """A new contribution."""

    kind: Kind
    language: Language = Language.FRENCH
    title: Title
    summary: Summary = ""
    body: Body = ""
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)


class EditIn(_Closed):
    """Changes; what is not named stays."""

    kind: Kind | None = None
    language: Language | None = None
    title: Title | None = None
    summary: Summary | None = None
    body: Body | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    reason: Annotated[str, Field(max_length=2000), AfterValidator(_storable)] | None = None
    """Of a correction of what is published: what was corrected and why, for its readers. Required there."""


class TransitionIn(_Closed):
    """What is asked for, and why."""

    action: Action
    reason: Annotated[str, Field(max_length=2000), AfterValidator(_storable)] | None = None
    at: AwareDatetime | None = None
    """With ``publish`` (or ``schedule``): publish then, not now. An instant to come, with its offset."""


class PreviewIn(_Closed):
    """Markdown to be shown as readers would see it."""

    body: Body


class PreviewOut(BaseModel):
    """The same, rendered and sanitized."""

    html: str
    reading_minutes: int


class PersonOut(BaseModel):
    """A person; the name is empty while nobody has told it."""

    id: UUID
    name: str


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


class RevisionSummaryOut(BaseModel):
    """A revision in the list of them. Who made it is told to authors and editors only."""

    number: int
    at: datetime
    occasion: Occasion
    title: str
    reason: str | None
    by: PersonOut | None


class RevisionsOut(BaseModel):
    """A page of revisions, newest first."""

    items: list[RevisionSummaryOut]
    next: str | None


class RevisionOut(RevisionSummaryOut):
    """A revision, whole."""

    summary: str
    body: str
    body_html: str


class TextIn(_Closed):
    """A text to be compared."""

    title: Annotated[str, Field(max_length=200), AfterValidator(_storable)] = ""
    summary: Summary = ""
    body: Body = ""


class ComparisonIn(_Closed):
    """Two texts to be compared; nothing is kept."""

    before: TextIn
    after: TextIn


class ComparedOut(BaseModel):
    """A paragraph with what changed in it."""

    kind: comparison.Kind
    html: str
    """Escaped; what is gone in ``<del>``, what is new in ``<ins>``."""


class ComparisonOut(BaseModel):
    """What changed in the text, whatever its markup."""

    title: list[ComparedOut]
    summary: list[ComparedOut]
    text: list[ComparedOut]


class DiffOut(ComparisonOut):
    """What changed from one revision to another."""

    before: RevisionSummaryOut
    after: RevisionSummaryOut


Quote = Annotated[str, Field(max_length=5000), AfterValidator(_storable)]
Context = Annotated[str, Field(max_length=500), AfterValidator(_storable)]


def _something(value: str) -> str:
    if not value.strip():
        raise ValueError("write something here")
    return _storable(value.strip())


class CommentIn(_Closed):
    """A comment on a passage (W3C TextQuoteSelector), or on the whole where ``exact`` is empty."""

    body: Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(_something)]
    exact: Quote = ""
    prefix: Context = ""
    suffix: Context = ""


class ResolutionIn(_Closed):
    """Whether a comment is dealt with."""

    resolved: bool


class AssignmentIn(_Closed):
    """Who reviews, until when."""

    editor: UUID | None
    due_on: date | None = None


class CommentOut(BaseModel):
    """A comment, with where its passage is in the text as it is now."""

    id: UUID
    at: datetime
    by: PersonOut
    body: str
    exact: str
    prefix: str
    suffix: str
    revision: int
    start: int | None
    """Place in the text without markup; None when the passage has changed, or where the whole is meant."""
    end: int | None
    resolved_at: datetime | None


class CommentsOut(BaseModel):
    """A page of comments, oldest first."""

    items: list[CommentOut]
    next: str | None


class ThemeOut(VersionedAnswer):
    """A theme."""

    id: str
    version: int
    names: dict[str, str]
    descriptions: dict[str, str]


class TerritoryOut(VersionedAnswer):
    """A territory."""

    id: str
    version: int
    names: dict[str, str]
    descriptions: dict[str, str]
    parent: str | None
    code: str | None


class ThemesOut(BaseModel):
    """All themes in use, in the order they are shown."""

    items: list[ThemeOut]
    moved: dict[str, str]
    """Ids of themes that were merged, with the id each went into."""


class TerritoriesOut(BaseModel):
    """All territories in use, in the order they are shown."""

    items: list[TerritoryOut]
    moved: dict[str, str]
    """Ids of territories that were merged, with the id each went into."""


LabelId = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""Part of an address: words in small letters and digits, with hyphens between."""


def _in_every_language(names: dict[Language, str]) -> dict[Language, str]:
    missing = [str(one) for one in Language if one not in names]
    if missing:
        raise ValueError(f"write the name in {' and '.join(missing)} too: the site is read in all of its languages")
    return names


def _code(value: str) -> str:
    tidy = value.strip().upper()
    if not re.fullmatch(CODE, tidy):
        raise ValueError(
            "is neither an INSEE code of a commune, such as 69123 or 2A004, nor an ISO 3166 code, such as FR or FR-ARA"
        )
    return tidy


CODE = r"(?:[0-9]{2}|2[AB])[0-9]{3}|[A-Z]{2}(?:-[A-Z0-9]{1,3})?"
"""INSEE: the department (Corsica has 2A and 2B) and three digits. ISO 3166-1 alpha-2, and 3166-2 behind a hyphen."""

Names = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_line)]],
    AfterValidator(_in_every_language),
]
Descriptions = dict[Language, Summary]
Code = Annotated[str, Field(max_length=10), AfterValidator(_code)]


class ThemeIn(_Closed):
    """A new theme. Without an ``id`` it is made of the French name."""

    id: LabelId | None = None
    names: Names
    descriptions: Descriptions = Field(default_factory=dict)


class TerritoryIn(ThemeIn):
    """A new territory."""

    parent: LabelId | None = None
    code: Code | None = None


class ThemeEditIn(_Closed):
    """Changes; what is not named stays."""

    names: Names | None = None
    descriptions: Descriptions | None = None


class TerritoryEditIn(ThemeEditIn):
    """Changes; what is not named stays, and ``null`` takes the parent or the code away."""

    parent: LabelId | None = None
    code: Code | None = None


class MergeIn(_Closed):
    """Which theme or territory this one goes into."""

    into: LabelId
