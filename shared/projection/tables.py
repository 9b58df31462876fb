"""The tables of a projection, in the database of the service that owns it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.storage.tables import Instant


def projection_tables(metadata: MetaData) -> None:
    """Add ``document``, ``dirt``, ``index_task`` and ``telling`` to a service's tables."""
    Sequence("stamp", metadata=metadata)
    Table(
        "document",
        metadata,
        Column("id", Text, primary_key=True, comment="kind and id: contribution:0192…"),
        Column("epoch", BigInteger, nullable=False),
        Column("ordinal", BigInteger, nullable=False),
        Column("parent", Text, nullable=True),
        Column("refs", ARRAY(Text), nullable=False),
        Column("visible", Boolean, nullable=False),
        Column("rooted", Boolean, nullable=False, comment="its kind has no parent"),
        Column("state", JSONB, nullable=True, comment="null while it is not visible"),
        Column("indexed", BigInteger, nullable=True, comment="stamp the live index holds; null: not in it"),
        Index("ix_document_parent", "parent", "id", postgresql_where=column("parent").is_not(None)),
        # No pending list: every lookup would read all of it, and a spreading change looks up hundreds at once.
        Index("ix_document_refs", "refs", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )
    Table(
        "dirt",
        metadata,
        Column("id", Text, primary_key=True),
        Column("stamp", BigInteger, nullable=False, server_default=text("nextval('stamp')")),
        Column("priority", SmallInteger, nullable=False),
        Column("cascade", Boolean, nullable=False, comment="those below or naming it are to be marked too"),
        Column("spread_to", Text, nullable=False, server_default="", comment="last one marked so far"),
        Index("ix_dirt_priority_stamp", "priority", "stamp"),
    )
    Table(
        "index_task",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("kind", Text, nullable=False, comment="rebuild or verify"),
        Column("generation", Text, nullable=True, comment="the one a rebuild fills"),
        Column("scanned_to", Text, nullable=False, server_default="", comment="last document looked at"),
        Column("scanned", BigInteger, nullable=False, server_default="0"),
        Column("asked_at", Instant, nullable=False, server_default=func.now()),
        Column("finished_at", Instant, nullable=True),
        Column("differences", BigInteger, nullable=False, server_default="0"),
        Index("uq_index_task_open", "kind", unique=True, postgresql_where=column("finished_at").is_(None)),
    )
    Table(
        "telling",
        metadata,
        Column("name", Text, primary_key=True, comment="the projection"),
        Column("ordinal", BigInteger, nullable=False, comment="number of messages told about what it shows"),
    )
