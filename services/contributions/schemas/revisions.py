"""Revisions of a text, and what changed between two texts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from services.contributions import comparison
from services.contributions.commands.revisions import Occasion
from services.contributions.schemas.fields import Body, Closed, PersonOut, Summary, storable


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


class TextIn(Closed):
    """A text to be compared."""

    title: Annotated[str, Field(max_length=200), AfterValidator(storable)] = ""
    summary: Summary = ""
    body: Body = ""


class ComparisonIn(Closed):
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
