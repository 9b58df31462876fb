"""The tables of the contributions service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.contributions.workflow import State
from shared.messaging.people import Named
from shared.storage.identifiers import new_id
from shared.storage.tables import NAMING, Instant, Told, Versioned

_NONE = text("'[]'::jsonb")


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of this service's tables."""


class Contribution(Base, Versioned, table=True):
    """A contribution, whatever its state. The rendered fields follow from ``body`` and are kept beside it."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'changes_requested', 'scheduled', 'published', 'withdrawn')", name="state"
        ),
        CheckConstraint("(state = 'scheduled') = (publish_at IS NOT NULL)", name="publish_at"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_at"),
        Index("ix_contribution_state_published_at", "state", "published_at", "id"),
        Index("ix_contribution_state_updated_at", "state", "updated_at", "id"),
        Index("ix_contribution_themes", "themes", postgresql_using="gin"),
        Index("ix_contribution_territories", "territories", postgresql_using="gin"),
        Index("ix_contribution_authors", "authors", postgresql_using="gin"),
        Index("ix_contribution_publish_at", "publish_at", postgresql_where="publish_at IS NOT NULL"),
        Index("uq_contribution_origin", "origin", unique=True),
        Index("uq_contribution_translation", "translation_group", "language", unique=True),
    )

    kind: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    body: str = Field(default="", sa_type=Text)
    """Markdown, as written."""
    sources: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": _NONE}
    )
    """What it rests on, in order: title, authors, year, url, doi of each."""
    body_html: str = Field(default="", sa_type=Text)
    """Rendered and sanitized: safe to show."""
    text: str = Field(default="", sa_type=Text)
    """The body without markup."""
    reading_minutes: int = 1
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    authors: list[UUID] = Field(default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False))
    state: str = Field(default=State.DRAFT, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    publish_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a scheduled one is to be published."""
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    corrected_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the text last changed after its publication."""
    editor: UUID | None = Field(default=None)
    """Whom its review is assigned to."""
    due_on: date | None = Field(default=None)
    """The day its review should be done."""
    revisions: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many revisions are kept: the number of the last one. Taken under the row lock; a process that does not know
    of revisions yet, during an upgrade, writes none."""
    translation_group: UUID | None = Field(default=None)
    """Those that have the same are translations of one another, each in another language."""
    origin: str | None = Field(default=None, sa_type=Text)
    """Where it was imported from; importing again finds it by this."""
    origin_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of what was imported, so that an unchanged file changes nothing."""


class Step(Base, table=True):
    """One transition of a contribution: who, when, why. Written once, never changed."""

    __table_args__ = (Index("ix_step_contribution_id", "contribution_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    contribution_id: UUID = Field(foreign_key="contribution.id")
    at: datetime = Field(default_factory=now, sa_type=Instant)
    actor: UUID | None = Field(default=None)
    action: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class Revision(Base, table=True):
    """The text as it was submitted, published or corrected. Written once, never changed."""

    __table_args__ = (CheckConstraint("occasion IN ('submitted', 'published', 'corrected')", name="occasion"),)

    contribution_id: UUID = Field(primary_key=True, foreign_key="contribution.id")
    number: int = Field(primary_key=True)
    """From 1, without gaps, within a contribution."""
    at: datetime = Field(default_factory=now, sa_type=Instant)
    by: UUID | None = Field(default=None)
    """Who submitted, published or corrected it; None for what was imported or done by a schedule."""
    occasion: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    """Markdown, as written."""
    text: str = Field(sa_type=Text)
    """The body without markup: what is compared."""
    sources: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": _NONE}
    )
    reason: str | None = Field(default=None, sa_type=Text)
    """Of a correction: what readers are told."""


class Comment(Base, table=True):
    """What an editor says about a passage: for authors and editors only."""

    __table_args__ = (Index("ix_comment_contribution_id", "contribution_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    contribution_id: UUID = Field(foreign_key="contribution.id")
    revision: int
    """How many revisions were kept when it was made."""
    by: UUID
    at: datetime = Field(default_factory=now, sa_type=Instant)
    body: str = Field(sa_type=Text)
    exact: str = Field(default="", sa_type=Text)
    """The passage; empty for the text as a whole."""
    prefix: str = Field(default="", sa_type=Text)
    suffix: str = Field(default="", sa_type=Text)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_by: UUID | None = Field(default=None)


class Invitation(Base, table=True):
    """A link that makes who follows it an author. Of its secret only the SHA-256 is kept."""

    __table_args__ = (
        Index("ix_invitation_contribution_id", "contribution_id", "id"),
        Index("ix_invitation_expires_at", "expires_at"),
        Index("uq_invitation_digest", "digest", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    contribution_id: UUID = Field(foreign_key="contribution.id")
    digest: bytes = Field(sa_type=LargeBinary)
    by: UUID
    at: datetime = Field(default_factory=now, sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    note: str = Field(default="", sa_type=Text)
    """Whom it is meant for, in the words of who invites; taken out once it was accepted."""
    accepted_by: UUID | None = Field(default=None)
    """Whoever accepted may do so again, for an answer that was lost; nobody else may."""


class Label(Told):
    """What a theme and a territory have in common."""

    id: str = Field(primary_key=True, sa_type=Text)
    """Part of addresses, for ever: a label that was merged into another keeps it, and leads there."""
    version: int = 1
    names: dict[str, str] = Field(sa_type=JSONB)
    descriptions: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    position: int = 0
    moved_to: str | None = None
    """The one it was merged into: always one that is in use, so that nobody follows a chain."""


class Theme(Base, Label, table=True):
    """A subject contributions are about."""

    __table_args__ = (Index("ix_theme_moved_to", "moved_to"),)

    moved_to: str | None = Field(default=None, foreign_key="theme.id", sa_type=Text)


class Territory(Base, Label, table=True):
    """A place contributions are about; ``parent`` is the larger one it lies in."""

    __table_args__ = (
        Index("ix_territory_moved_to", "moved_to"),
        Index("ix_territory_parent", "parent"),
        Index("uq_territory_code", "code", unique=True, postgresql_where=text("moved_to IS NULL")),
    )

    parent: str | None = Field(default=None, foreign_key="territory.id", sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text)
    """INSEE code of a commune, or ISO 3166 code of a country or of a part of one."""
    moved_to: str | None = Field(default=None, foreign_key="territory.id", sa_type=Text)


class AuthorName(Base, Named, table=True):
    """How a person is named, as identity told."""

    __tablename__ = "author_name"
