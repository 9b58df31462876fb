"""What every service's tables stand on: a registry of its own, and the columns the platform needs.

The platform's own tables (outbox, guards, parked messages…) are the same in every service's database; they
are plain SQLAlchemy tables on `PLATFORM` and have an Alembic history of their own, run before the service's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    inspect,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from shared.storage.identifiers import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""So that every constraint has a name a service can turn into a problem type."""

Instant = DateTime(timezone=True)


class Told(SQLModel):
    """An entity others are told about, with the ordinal of its last message. Its key is a column ``id``."""

    ordinal: int = Field(default=0, sa_type=BigInteger)
    """Number of messages told about it; taken under its row lock, never by hand (see `outbox.tell`)."""


class Versioned(Told):
    """An entity people edit: ``version`` rises with every edit and transition and is its ETag."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(default=1)


PLATFORM = MetaData(naming_convention=NAMING)

outbox = Table(
    "outbox",
    PLATFORM,
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    UniqueConstraint("topic", "key", "ordinal"),
)

applied = Table(
    "applied",
    PLATFORM,
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    PrimaryKeyConstraint("consumer", "topic", "key"),
)
"""The newest message of each key a consumer has applied: what is not newer is skipped."""

consumed = Table(
    "consumed",
    PLATFORM,
    Column("consumer", Text, nullable=False),
    Column("log", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    PrimaryKeyConstraint("consumer", "log", "topic", "partition"),
)
"""Where each consumer reads on, beside what it applied; offsets of another log mean nothing here."""

parked_message = Table(
    "parked_message",
    PLATFORM,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=True),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", Instant, nullable=False, server_default=func.now()),
    UniqueConstraint("consumer", "topic", "key", "epoch", "ordinal"),
)

lineage = Table(
    "lineage",
    PLATFORM,
    Column("single", SmallInteger, CheckConstraint("single = 1", name="one_row"), primary_key=True, default=1),
    Column("system_identifier", Text, nullable=False),
    Column("timeline", BigInteger, nullable=False),
    Column("database_oid", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("republish_owed", Boolean, nullable=False, server_default=false()),
)
"""Which database this is: a difference means that it was restored or moved, and a new epoch begins."""

idempotent_request = Table(
    "idempotent_request",
    PLATFORM,
    Column("person", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=True),
    Column("headers", JSONB, nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("person", "route", "key"),
    Index("ix_idempotent_request_created_at", "created_at"),
)
"""Answers already given to an ``Idempotency-Key``, kept for 24 hours."""


def table_of(entity: type[SQLModel]) -> Any:
    """The SQLAlchemy table of an entity, for selects of columns: SQLModel's own types do not tell of it."""
    return inspect(entity).local_table


def utc(value: datetime) -> datetime:
    """Refuse an instant without a zone. Raises ValueError."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no zone; write it with an offset, such as 2026-01-31T18:00:00+01:00")
    return value
