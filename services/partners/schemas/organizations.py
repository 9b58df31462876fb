"""Organizations, their members and invitations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.partners.schemas.fields import (
    Closed,
    Labels,
    Language,
    Name,
    PersonOut,
    Reason,
    ShortLine,
    Siren,
    Siret,
    Summary,
    Text,
    Website,
    storable,
)
from services.partners.workflow import OrganizationAction, OrganizationState
from shared.http.route import VersionedAnswer


class OrganizationKind(StrEnum):
    """What sort of organization it is."""

    STARTUP = "startup"
    LAB = "lab"
    COMPANY = "company"
    AUTHORITY = "authority"


class MemberRole(StrEnum):
    """What somebody is in an organization."""

    OWNER = "owner"
    MEMBER = "member"


class OrganizationIn(Closed):
    """A new organization; whoever creates it owns it."""

    kind: OrganizationKind
    language: Language = Language.FRENCH
    name: Name
    summary: Summary = ""
    description: Text = ""
    siren: Siren | None = None
    siret: Siret | None = None
    """With a SIRET the SIREN follows; given both, they must agree."""
    website: Website | None = None
    themes: Labels = Field(default_factory=list)
    territories: Labels = Field(default_factory=list)


class OrganizationEditIn(Closed):
    """Changes; what is not named stays, and ``null`` takes a number or the site away."""

    kind: OrganizationKind | None = None
    language: Language | None = None
    name: Name | None = None
    summary: Summary | None = None
    description: Text | None = None
    siren: Siren | None = None
    siret: Siret | None = None
    website: Website | None = None
    themes: Labels | None = None
    territories: Labels | None = None


class OrganizationTransitionIn(Closed):
    """What is asked for, and why."""

    action: OrganizationAction
    reason: Reason | None = None


class OrganizationRefOut(BaseModel):
    """An organization named with something else."""

    id: UUID
    name: str
    kind: OrganizationKind
    url: str | None
    """Where it is read on the site; None for one that is not published."""


class OrganizationSummaryOut(BaseModel):
    """An organization in a list."""

    id: UUID
    version: int
    state: OrganizationState
    kind: OrganizationKind
    language: Language
    name: str
    summary: str
    themes: list[str]
    territories: list[str]
    url: str
    updated_at: datetime
    published_at: datetime | None


class OrganizationOut(VersionedAnswer):
    """An organization, whole."""

    id: UUID
    state: OrganizationState
    kind: OrganizationKind
    language: Language
    name: str
    summary: str
    description: str
    siren: str | None
    siret: str | None
    website: str | None
    themes: list[str]
    territories: list[str]
    url: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    membership: MemberRole | None
    """What the bearer is in it."""
    actions: list[str]


class OrganizationPageOut(BaseModel):
    """A page of organizations."""

    items: list[OrganizationSummaryOut]
    next: str | None


class MyOrganizationOut(OrganizationSummaryOut):
    """An organization the bearer belongs to."""

    membership: MemberRole


class MyOrganizationsOut(BaseModel):
    """A page of the bearer's organizations."""

    items: list[MyOrganizationOut]
    next: str | None


class MemberOut(BaseModel):
    """Who belongs to an organization."""

    person: PersonOut
    role: MemberRole
    since: datetime


class MembersOut(BaseModel):
    """A page of members."""

    items: list[MemberOut]
    next: str | None


class MemberRoleIn(Closed):
    """What somebody is to be in it."""

    role: MemberRole


class InvitationIn(Closed):
    """A new invitation."""

    role: MemberRole = MemberRole.MEMBER
    note: ShortLine = ""
    """For whom it is, in your words; shown beside it."""


class InvitationOut(BaseModel):
    """An invitation nobody has accepted yet."""

    id: UUID
    role: MemberRole
    note: str
    by: PersonOut
    at: datetime
    expires_at: datetime


class NewInvitationOut(InvitationOut):
    """An invitation as it is told once."""

    token: str
    """Makes whoever accepts it first a member. Kept nowhere: it cannot be shown again."""


class InvitationsOut(BaseModel):
    """A page of open invitations, newest first."""

    items: list[InvitationOut]
    next: str | None


class TokenIn(Closed):
    """The token of an invitation."""

    token: Annotated[str, Field(min_length=20, max_length=200), AfterValidator(storable)]


class InvitedOut(BaseModel):
    """What somebody is invited to."""

    organization: OrganizationRefOut
    role: MemberRole
    expires_at: datetime
    membership: MemberRole | None
    """What the bearer is in it already."""
