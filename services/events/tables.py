"""The tables of the events service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.events.problems import ROOM_BOOKED_ONCE
from services.events.workflow import State
from shared.messaging.counts import OWED, Counted
from shared.messaging.people import Named
from shared.storage.identifiers import new_id
from shared.storage.tables import NAMING, Instant, Versioned

_STATES = "('draft', 'published', 'cancelled')"


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of this service's tables."""


class Forum(Base, Counted, table=True):
    """A forum, whatever its state. Its row is the lock of its registrations."""

    __table_args__ = (
        CheckConstraint(f"state IN {_STATES}", name="state"),
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("state <> 'cancelled' OR cancelled_at IS NOT NULL", name="cancelled_at"),
        Index("ix_forum_state_begins_at", "state", "begins_at", "id"),
        Index("ix_forum_owner", "owner"),
        Index("ix_forum_counts_owed", "counts_owed", **OWED),
        Index("ix_forum_themes", "themes", postgresql_using="gin"),
        Index("ix_forum_territories", "territories", postgresql_using="gin"),
        Index(
            "uq_forum_owner_acronym",
            "owner",
            "acronym",
            unique=True,
            postgresql_where=text("acronym IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    owner: UUID | None = Field(default=None)
    """Who organizes it; None for one that only admins have."""
    acronym: str | None = Field(default=None, sa_type=Text)
    """Its short name in schedules; importing again finds it by this and its owner."""
    language: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    """Markdown, as written."""
    description_html: str = Field(default="", sa_type=Text)
    """Rendered and sanitized: safe to show."""
    text: str = Field(default="", sa_type=Text)
    """The description without markup."""
    venue: str = Field(default="", sa_type=Text)
    link: str | None = Field(default=None, sa_type=Text)
    """Where it is followed from afar, or its own site."""
    zone: str = Field(sa_type=Text)
    """IANA zone of its wall times."""
    starts_on: date
    ends_on: date
    """Its last day."""
    begins_at: datetime = Field(sa_type=Instant)
    """Derived: when the first day begins in its zone."""
    ends_at: datetime = Field(sa_type=Instant)
    """Derived: when its last day is over in its zone."""
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    tracks: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    capacity: int | None = Field(default=None)
    """How many may come; None for as many as like."""
    numbered: int = Field(default=0)
    """How many numbers were given out to who registered; taken under the row lock."""
    state: str = Field(default=State.DRAFT, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was first published."""
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    cancellation_reason: str | None = Field(default=None, sa_type=Text)


class Step(Base, table=True):
    """One transition of a forum, or of a session of it: who, when, why. Written once, never changed."""

    __table_args__ = (Index("ix_step_forum_id", "forum_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    forum_id: UUID = Field(foreign_key="forum.id")
    session_id: UUID | None = Field(default=None, foreign_key="session.id")
    at: datetime = Field(default_factory=now, sa_type=Instant)
    actor: UUID | None = Field(default=None)
    action: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class Room(Base, table=True):
    """Where sessions of a forum take place. Whoever books one locks its row, so that others wait their turn."""

    __table_args__ = (
        UniqueConstraint("forum_id", "name"),
        CheckConstraint("capacity > 0", name="capacity"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    forum_id: UUID = Field(foreign_key="forum.id")
    name: str = Field(sa_type=Text)
    capacity: int | None = Field(default=None)
    position: int = 0


class Session(Base, Versioned, table=True):
    """A session of a forum, in a room, at a wall time. That a room is booked once at a time is a constraint."""

    __table_args__ = (
        UniqueConstraint("forum_id", "guid"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("fold IN (0, 1)", name="fold"),
        CheckConstraint(f"forum_state IN {_STATES}", name="forum_state"),
        Index("ix_session_forum_id_begins_at", "forum_id", "begins_at", "id"),
        Index("ix_session_room_id", "room_id"),
        ExcludeConstraint(
            (Column("room_id"), "="),
            (func.tstzrange(Column("begins_at"), Column("ends_at")), "&&"),
            name=ROOM_BOOKED_ONCE,
            using="gist",
            where=text("NOT cancelled"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    forum_id: UUID = Field(foreign_key="forum.id")
    forum_state: str = Field(sa_type=Text)
    """The forum's, copied under its lock: what a session says of itself depends on it."""
    guid: UUID
    """Its name in schedules, for ever."""
    room_id: UUID = Field(foreign_key="room.id")
    language: str = Field(sa_type=Text)
    format: str = Field(default="", sa_type=Text)
    """Such as ``workshop``, as the organizer calls it."""
    title: str = Field(sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    description_html: str = Field(default="", sa_type=Text)
    text: str = Field(default="", sa_type=Text)
    track: str | None = Field(default=None, sa_type=Text)
    speakers: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    """``{"person": id or None, "name": as written}``."""
    starts: datetime = Field(sa_type=DateTime(timezone=False))
    """Wall time."""
    fold: int = Field(default=0, sa_type=SmallInteger)
    """Which of the two, when that wall time comes twice."""
    minutes: int
    zone: str = Field(sa_type=Text)
    """The forum's."""
    begins_at: datetime = Field(sa_type=Instant)
    """Derived from wall time and zone."""
    ends_at: datetime = Field(sa_type=Instant)
    sequence: int = 0
    """Of its entry in calendars: rises with every change and cancellation."""
    cancelled: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    cancellation_reason: str | None = Field(default=None, sa_type=Text)


class Registration(Base, table=True):
    """That somebody comes to a forum, waits for a place, or called it off. Private."""

    __table_args__ = (
        CheckConstraint("state IN ('registered', 'waiting', 'cancelled')", name="state"),
        UniqueConstraint("forum_id", "number"),
        Index("ix_registration_forum_id_state_number", "forum_id", "state", "number"),
        Index("ix_registration_person_at", "person", "at", "forum_id"),
    )

    forum_id: UUID = Field(primary_key=True, foreign_key="forum.id")
    person: UUID = Field(primary_key=True)
    number: int
    """In the order in which people came; who comes back gets a new one."""
    state: str = Field(sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=Instant)
    promoted_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a place became free for who had waited."""
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)


class KnownLabel(Base, table=True):
    """A theme or a territory, as contributions told."""

    __tablename__ = "known_label"

    kind: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)


class PersonName(Base, Named, table=True):
    """How a person is named, as identity told."""

    __tablename__ = "person_name"
