"""Applications, from draft to decision."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.partners.schemas.calls import CallRefOut
from services.partners.schemas.fields import (
    Closed,
    DraftTitle,
    Labels,
    PersonOut,
    Reason,
    ShortLine,
    Summary,
    Text,
)
from services.partners.schemas.organizations import OrganizationRefOut
from services.partners.workflow import ApplicationAction, ApplicationState, NextStep
from shared.http.route import VersionedAnswer


class ApplicationIn(Closed):
    """A new draft for an organization; nothing need be complete yet."""

    organization: UUID
    title: DraftTitle = ""
    summary: Summary = ""
    proposal: Text = ""
    testing: Text = ""
    place: ShortLine = ""
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)
    contact: UUID | None = None
    """A member of the organization; whoever creates it, if nobody is named."""


class ApplicationEditIn(Closed):
    """Changes of a draft, kept as typed; what is not named stays."""

    title: DraftTitle | None = None
    summary: Summary | None = None
    proposal: Text | None = None
    testing: Text | None = None
    place: ShortLine | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    contact: UUID | None = None


class ApplicationTransitionIn(Closed):
    """What is asked for, and why."""

    action: ApplicationAction
    reason: Reason | None = None
    """A decision's motive; the applicant reads it."""
    contact: UUID | None = None
    """With ``accept``: who answers on the side that runs the call; whoever accepts, if nobody is named."""


class EvaluationOut(BaseModel):
    """How far the reviews are; told to who runs the call."""

    assigned: int
    submitted: int
    total: float | None
    """Mean of the submitted reviews' totals, 0 … 100."""


class ApplicationSummaryOut(BaseModel):
    """An application in a list."""

    id: UUID
    version: int
    state: ApplicationState
    next_step: NextStep
    call: CallRefOut
    organization: OrganizationRefOut
    title: str
    summary: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    evaluation: EvaluationOut | None
    """Told to who runs the call."""


class ApplicationOut(VersionedAnswer):
    """An application, whole."""

    id: UUID
    state: ApplicationState
    next_step: NextStep
    call: CallRefOut
    organization: OrganizationRefOut
    title: str
    summary: str
    proposal: str
    testing: str
    place: str
    themes: list[str]
    territories: list[str]
    contact: PersonOut | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str | None
    partnership: UUID | None
    """What it became."""
    actions: list[str]
    """What the bearer may ask for now: transitions; ``edit``; ``assign`` and ``read_reviews`` for who runs the call;
    ``write_review`` and ``declare_conflict`` for its reviewers."""


class ApplicationPageOut(BaseModel):
    """A page of applications, the last changed first."""

    items: list[ApplicationSummaryOut]
    next: str | None


class ApplicationCountsOut(BaseModel):
    """How many applications there are by state, of those the bearer may read."""

    counts: dict[ApplicationState, int]


class StepOut(BaseModel):
    """One transition. Who evaluates is not named to the applicant."""

    at: datetime
    action: ApplicationAction
    before: ApplicationState
    after: ApplicationState
    reason: str | None
    by_applicant: bool
    by: PersonOut | None


class StepsOut(BaseModel):
    """An application's life, oldest first."""

    items: list[StepOut]
