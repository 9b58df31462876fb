"""The tables of the partners service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.partners.workflow import ApplicationState, CallState, DemonstratorState, OrganizationState
from shared.messaging.people import Named
from shared.storage.identifiers import new_id
from shared.storage.tables import NAMING, Instant, Versioned


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def _one_of(column: str, values: Any) -> CheckConstraint:
    listed = ", ".join(f"'{one}'" for one in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of this service's tables."""


class Organization(Base, Versioned, table=True):
    """A start-up, a lab, a company or an authority."""

    __table_args__ = (
        _one_of("kind", ("startup", "lab", "company", "authority")),
        _one_of("state", OrganizationState),
        Index("ix_organization_state_published_at", "state", "published_at", "id"),
        Index("uq_organization_origin", "origin", unique=True),
    )

    kind: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    """Plain text, in paragraphs."""
    siren: str | None = Field(default=None, sa_type=Text)
    """Nine digits; of a SIRET its first nine."""
    siret: str | None = Field(default=None, sa_type=Text)
    """Fourteen digits."""
    website: str | None = Field(default=None, sa_type=Text)
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    state: str = Field(default=OrganizationState.DRAFT, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    origin: str | None = Field(default=None, sa_type=Text)
    """Where it was imported from; importing again finds it by this."""


class Membership(Base, table=True):
    """Who belongs, or has belonged, to an organization. Never deleted: an interest does not end with a membership."""

    __table_args__ = (_one_of("role", ("owner", "member")), Index("ix_membership_person", "person", "organization_id"))

    organization_id: UUID = Field(primary_key=True, foreign_key="organization.id")
    person: UUID = Field(primary_key=True)
    role: str = Field(sa_type=Text)
    since: datetime = Field(default_factory=now, sa_type=Instant)
    until: datetime | None = Field(default=None, sa_type=Instant)
    """When it ended; None while it lasts."""


class Invitation(Base, table=True):
    """A link that makes whoever opens it first, signed in, a member."""

    __table_args__ = (
        _one_of("role", ("owner", "member")),
        Index("ix_invitation_organization_id", "organization_id", "id"),
        Index("uq_invitation_digest", "digest", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organization_id: UUID = Field(foreign_key="organization.id")
    role: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    """For whom it is meant, in the inviter's words; never an address we would have to protect."""
    digest: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of the token; the token itself is told once and kept nowhere."""
    by: UUID
    at: datetime = Field(default_factory=now, sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_by: UUID | None = Field(default=None)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Call(Base, Versioned, table=True):
    """A call for projects or for interest, or a door that is always open."""

    __table_args__ = (
        _one_of("kind", ("projects", "interest", "open")),
        _one_of("state", CallState),
        CheckConstraint("opens_at IS NULL OR deadline IS NULL OR opens_at < deadline", name="opens_before_deadline"),
        Index("ix_call_state_published_at", "state", "published_at", "id"),
        Index("ix_call_organizers", "organizers", postgresql_using="gin"),
        Index("uq_call_origin", "origin", unique=True),
    )

    kind: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    """Plain text, in paragraphs."""
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    criteria: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    """``{"id", "name", "description", "weight"}`` each."""
    top_score: int = 5
    """Scores go from 0 to this."""
    zone: str = Field(sa_type=Text)
    """IANA name of the zone in which opening and deadline were meant."""
    opens_at: datetime | None = Field(default=None, sa_type=Instant)
    """From when one can apply; None: as soon as it is published."""
    deadline: datetime | None = Field(default=None, sa_type=Instant)
    """The last instant at which an application arrives in time; None: always."""
    organizers: list[UUID] = Field(default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False))
    """Who runs it."""
    state: str = Field(default=CallState.DRAFT, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    origin: str | None = Field(default=None, sa_type=Text)


class Application(Base, table=True):
    """What an organization proposes in answer to a call. Private for ever: nobody is told of it."""

    __table_args__ = (
        _one_of("state", ApplicationState),
        CheckConstraint("state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="submitted_at"),
        CheckConstraint("(state IN ('accepted', 'declined')) = (decided_at IS NOT NULL)", name="decided_at"),
        Index("ix_application_call_id", "call_id", "updated_at", "id"),
        Index("ix_application_organization_id", "organization_id", "updated_at", "id"),
        Index("uq_application_origin", "origin", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    call_id: UUID = Field(foreign_key="call.id")
    organization_id: UUID = Field(foreign_key="organization.id")
    created_by: UUID
    title: str = Field(default="", sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    proposal: str = Field(default="", sa_type=Text)
    """Plain text, in paragraphs: what is proposed."""
    testing: str = Field(default="", sa_type=Text)
    """What would be tested, and how one would see that it works."""
    place: str = Field(default="", sa_type=Text)
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    contact: UUID | None = Field(default=None)
    """Who answers for it at the organization."""
    state: str = Field(default=ApplicationState.DRAFT, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its submission reached us: what the deadline was compared with."""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decision_reason: str | None = Field(default=None, sa_type=Text)
    origin: str | None = Field(default=None, sa_type=Text)


class Step(Base, table=True):
    """One transition of an application: who, when, why. Written once, never changed."""

    __table_args__ = (Index("ix_step_application_id", "application_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    at: datetime = Field(default_factory=now, sa_type=Instant)
    actor: UUID
    by_applicant: bool
    """Whether a member of the organization did it; those who evaluate are not named to the applicant."""
    action: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class Assignment(Base, table=True):
    """Who reviews which application. Whether they still may is asked each time: see `conflicts`."""

    __table_args__ = (Index("ix_assignment_reviewer", "reviewer", "application_id"),)

    application_id: UUID = Field(primary_key=True, foreign_key="application.id")
    reviewer: UUID = Field(primary_key=True)
    by: UUID
    at: datetime = Field(default_factory=now, sa_type=Instant)


class Review(Base, table=True):
    """What a reviewer thinks of an application."""

    __table_args__ = (
        _one_of("state", ("draft", "submitted")),
        Index("uq_review_application_id_reviewer", "application_id", "reviewer", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    application_id: UUID = Field(foreign_key="application.id")
    reviewer: UUID
    scores: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    """Criterion → score; those not there are not scored yet."""
    text: str = Field(default="", sa_type=Text)
    state: str = Field(default="draft", sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)


class DeclaredConflict(Base, table=True):
    """A reviewer says they have an interest in an organization: it holds for all of its applications."""

    __tablename__ = "declared_conflict"

    organization_id: UUID = Field(primary_key=True, foreign_key="organization.id")
    person: UUID = Field(primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Instant)
    reason: str = Field(default="", sa_type=Text)


class Partnership(Base, table=True):
    """What an accepted application becomes: two contacts who can be named."""

    __table_args__ = (
        Index("uq_partnership_application_id", "application_id", unique=True),
        Index("ix_partnership_organization_id", "organization_id", "id"),
        Index("ix_partnership_call_id", "call_id", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    application_id: UUID = Field(foreign_key="application.id")
    call_id: UUID = Field(foreign_key="call.id")
    organization_id: UUID = Field(foreign_key="organization.id")
    title: str = Field(sa_type=Text)
    partner_contact: UUID
    """Who answers at the organization."""
    host_contact: UUID
    """Who answers on the side that runs the call."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)


class Demonstrator(Base, Versioned, table=True):
    """What a partnership tests in a real place."""

    __table_args__ = (
        _one_of("state", DemonstratorState),
        CheckConstraint("state = 'draft' OR published_at IS NOT NULL", name="published_at"),
        Index("ix_demonstrator_state_published_at", "state", "published_at", "id"),
        Index("ix_demonstrator_partnership_id", "partnership_id", "id"),
        Index("uq_demonstrator_origin", "origin", unique=True),
    )

    partnership_id: UUID = Field(foreign_key="partnership.id")
    organization_id: UUID = Field(foreign_key="organization.id")
    """Whose it is: the partnership's, kept here because it is told."""
    language: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    tested: str = Field(default="", sa_type=Text)
    """Plain text, in paragraphs: what is tested."""
    place: str = Field(default="", sa_type=Text)
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    partners: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    """Names of others who take part, beside the organization."""
    until: date | None = Field(default=None)
    """The last day it is planned to run."""
    results: int = Field(default=0)
    """How many results there are."""
    newest_results: str = Field(default="", sa_type=Text)
    """The newest results' texts, up to a bound: what is told of them, and searched."""
    state: str = Field(default=DemonstratorState.DRAFT, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    origin: str | None = Field(default=None, sa_type=Text)


class Result(Base, table=True):
    """Something a demonstrator showed, on a day; perhaps with a figure."""

    __table_args__ = (
        CheckConstraint("(measure IS NULL) = (value IS NULL)", name="measure_and_value"),
        Index("ix_result_demonstrator_id", "demonstrator_id", "on", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    demonstrator_id: UUID = Field(foreign_key="demonstrator.id")
    on: date
    text: str = Field(sa_type=Text)
    measure: str | None = Field(default=None, sa_type=Text)
    """What the figure counts, such as ``Logements chauffés``."""
    value: float | None = Field(default=None)
    unit: str = Field(default="", sa_type=Text)
    by: UUID
    at: datetime = Field(default_factory=now, sa_type=Instant)


class PersonName(Base, Named, table=True):
    """How a person is named, as identity told."""

    __tablename__ = "person_name"


class MailDomain(Base, table=True):
    """The keyed mark of a person's mail domain, as identity told. No row: not known (yet)."""

    __tablename__ = "mail_domain"

    person: UUID = Field(primary_key=True)
    mark: str | None = Field(default=None, sa_type=Text)
    """Equal for equal domains, and tells nothing else; None for a public mail provider."""
