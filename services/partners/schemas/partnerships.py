"""Partnerships, demonstrators and their results."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from services.partners.schemas.fields import (
    Closed,
    Labels,
    Language,
    Name,
    Names,
    PersonOut,
    Reason,
    ShortLine,
    Summary,
    Text,
    Title,
    storable,
)
from services.partners.schemas.organizations import OrganizationRefOut
from services.partners.workflow import DemonstratorAction, DemonstratorState
from shared.http.route import VersionedAnswer


class DemonstratorRefOut(BaseModel):
    """A demonstrator named with its partnership."""

    id: UUID
    title: str
    state: DemonstratorState
    url: str


class PartnershipOut(VersionedAnswer):
    """A partnership; for those who are part of it."""

    id: UUID
    application: UUID
    call: UUID
    call_title: str
    organization: OrganizationRefOut
    title: str
    partner_contact: PersonOut
    """Who answers at the organization."""
    host_contact: PersonOut
    """Who answers on the side that runs the call."""
    demonstrators: list[DemonstratorRefOut]
    created_at: datetime
    updated_at: datetime
    actions: list[str]


class PartnershipPageOut(BaseModel):
    """A page of partnerships, newest first."""

    items: list[PartnershipOut]
    next: str | None


class PartnershipEditIn(Closed):
    """Other contacts: each side names its own."""

    partner_contact: UUID | None = None
    host_contact: UUID | None = None


class DemonstratorIn(Closed):
    """A new demonstrator of a partnership."""

    partnership: UUID
    language: Language = Language.FRENCH
    title: Title
    summary: Summary = ""
    tested: Text = ""
    place: ShortLine = ""
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)
    partners: Names = Field(default_factory=list)
    until: date | None = None


class DemonstratorEditIn(Closed):
    """Changes; what is not named stays, and ``null`` takes the last day away."""

    language: Language | None = None
    title: Title | None = None
    summary: Summary | None = None
    tested: Text | None = None
    place: ShortLine | None = None
    themes: Labels | None = None
    territories: Labels | None = None
    partners: Names | None = None
    until: date | None = None


class DemonstratorTransitionIn(Closed):
    """What is asked for, and why."""

    action: DemonstratorAction
    reason: Reason | None = None


def _something(value: str) -> str:
    if not value.strip():
        raise ValueError("write something here")
    return storable(value.strip())


class ResultIn(Closed):
    """Something it showed, on a day; perhaps with a figure."""

    on: date
    text: Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(_something)]
    measure: Name | None = None
    value: Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)] | None = None
    unit: Annotated[str, Field(max_length=20), AfterValidator(storable)] = ""

    @model_validator(mode="after")
    def _figure(self) -> Self:
        if (self.measure is None) != (self.value is None):
            raise ValueError("a figure needs both measure and value")
        return self


class ResultOut(BaseModel):
    """A result."""

    id: UUID
    on: date
    text: str
    measure: str | None
    value: float | None
    unit: str
    at: datetime


class ResultsOut(BaseModel):
    """A page of results, newest day first."""

    items: list[ResultOut]
    next: str | None


class DemonstratorSummaryOut(BaseModel):
    """A demonstrator in a list."""

    id: UUID
    version: int
    state: DemonstratorState
    language: Language
    title: str
    summary: str
    place: str
    themes: list[str]
    territories: list[str]
    organization: OrganizationRefOut | None
    """Whose it is, if that may be seen."""
    until: date | None
    results: int
    url: str
    updated_at: datetime
    published_at: datetime | None


class DemonstratorOut(VersionedAnswer):
    """A demonstrator, whole."""

    id: UUID
    state: DemonstratorState
    language: Language
    title: str
    summary: str
    tested: str
    place: str
    themes: list[str]
    territories: list[str]
    organization: OrganizationRefOut | None
    partners: list[str]
    until: date | None
    results: int
    url: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    ended_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    partnership: UUID | None
    """Told to those who are part of it, and so are the contacts."""
    partner_contact: PersonOut | None
    host_contact: PersonOut | None
    actions: list[str]


class DemonstratorPageOut(BaseModel):
    """A page of demonstrators."""

    items: list[DemonstratorSummaryOut]
    next: str | None
