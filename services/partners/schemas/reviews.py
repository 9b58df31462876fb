"""Reviewers, reviews, conflicts of interest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.partners.conflicts import Interest
from services.partners.schemas.applications import ApplicationSummaryOut, EvaluationOut
from services.partners.schemas.fields import Closed, LabelId, PersonOut, Reason, Text
from shared.http.route import VersionedAnswer


class ReviewState(StrEnum):
    """Whether it counts."""

    DRAFT = "draft"
    SUBMITTED = "submitted"


class ReviewAction(StrEnum):
    """What can be asked for."""

    SUBMIT = "submit"


Score = Annotated[int, Field(ge=0, le=100)]
Scores = Annotated[dict[LabelId, Score], Field(max_length=20)]


class ReviewerIn(Closed):
    """Who is to review."""

    person: UUID


class ReviewerOut(BaseModel):
    """Who reviews an application; told to who runs the call."""

    person: PersonOut
    at: datetime
    conflict: Interest | None
    """Why they may not (any more): then they see nothing of it, and what they wrote does not count."""
    review: ReviewState | None
    """How far they are; None before they begin."""


class ReviewersOut(BaseModel):
    """The reviewers of an application."""

    items: list[ReviewerOut]
    evaluation: EvaluationOut
    next: str | None


class ReviewIn(Closed):
    """A review; a draft need not be complete."""

    scores: Scores = Field(default_factory=dict)
    text: Text = ""


class ReviewEditIn(Closed):
    """Changes of a draft; what is not named stays. Scores are given whole."""

    scores: Scores | None = None
    text: Text | None = None


class ReviewTransitionIn(Closed):
    """What is asked for."""

    action: ReviewAction


class ReviewOut(VersionedAnswer):
    """A review; for its reviewer, and once submitted for who runs the call."""

    id: UUID
    application: UUID
    reviewer: PersonOut
    state: ReviewState
    scores: dict[str, int]
    text: str
    total: float | None
    """The weighted scores, 0 … 100; None until every criterion is scored."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    actions: list[str]


class ReviewsOut(BaseModel):
    """A page of reviews."""

    items: list[ReviewOut]
    next: str | None


class MyReviewOut(BaseModel):
    """An application that waits for the bearer's review, or has it."""

    application: ApplicationSummaryOut
    assigned_at: datetime
    review: UUID | None
    state: ReviewState | None


class MyReviewsOut(BaseModel):
    """A page of what the bearer reviews, the last assigned first."""

    items: list[MyReviewOut]
    next: str | None


class ConflictIn(Closed):
    """A reviewer's own word that they have an interest."""

    reason: Reason = ""


class ConflictOut(BaseModel):
    """A declared conflict: from now on nothing of this organization is theirs to review."""

    organization: UUID
    person: PersonOut
    reason: str
    at: datetime


class ConflictsOut(BaseModel):
    """The declared conflicts with an application's organization; told to who runs the call."""

    items: list[ConflictOut]
    next: str | None
