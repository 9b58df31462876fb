"""Forums, rooms, sessions, registrations; labels and names as others told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "events_0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_STATES = "('draft', 'published', 'cancelled')"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "forum",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("owner", sa.Uuid, nullable=True),
        sa.Column("acronym", sa.Text, nullable=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("description_html", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=True),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("begins_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("territories", ARRAY(sa.Text), nullable=False),
        sa.Column("tracks", ARRAY(sa.Text), nullable=False),
        sa.Column("capacity", sa.Integer, nullable=True),
        sa.Column("numbered", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("cancellation_reason", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_forum"),
        sa.CheckConstraint(f"state IN {_STATES}", name="ck_forum_state"),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_forum_days"),
        sa.CheckConstraint("capacity > 0", name="ck_forum_capacity"),
        sa.CheckConstraint("state <> 'cancelled' OR cancelled_at IS NOT NULL", name="ck_forum_cancelled_at"),
    )
    op.create_index("ix_forum_state_begins_at", "forum", ["state", "begins_at", "id"])
    op.create_index("ix_forum_owner", "forum", ["owner"])
    for column in ("themes", "territories"):
        op.create_index(f"ix_forum_{column}", "forum", [column], postgresql_using="gin")
    op.create_index(
        "uq_forum_owner_acronym",
        "forum",
        ["owner", "acronym"],
        unique=True,
        postgresql_where=sa.text("acronym IS NOT NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("forum_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_room"),
        sa.ForeignKeyConstraint(["forum_id"], ["forum.id"], name="fk_room_forum_id"),
        sa.UniqueConstraint("forum_id", "name", name="uq_room_forum_id_name"),
        sa.CheckConstraint("capacity > 0", name="ck_room_capacity"),
    )
    op.create_table(
        "session",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("forum_id", sa.Uuid, nullable=False),
        sa.Column("forum_state", sa.Text, nullable=False),
        sa.Column("guid", sa.Uuid, nullable=False),
        sa.Column("room_id", sa.Uuid, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("description_html", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("track", sa.Text, nullable=True),
        sa.Column("speakers", JSONB, nullable=False),
        sa.Column("starts", sa.DateTime(timezone=False), nullable=False),
        sa.Column("fold", sa.SmallInteger, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("begins_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("cancellation_reason", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.ForeignKeyConstraint(["forum_id"], ["forum.id"], name="fk_session_forum_id"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name="fk_session_room_id"),
        sa.UniqueConstraint("forum_id", "guid", name="uq_session_forum_id_guid"),
        sa.CheckConstraint("minutes > 0", name="ck_session_minutes"),
        sa.CheckConstraint("fold IN (0, 1)", name="ck_session_fold"),
        sa.CheckConstraint(f"forum_state IN {_STATES}", name="ck_session_forum_state"),
    )
    op.create_index("ix_session_forum_id_begins_at", "session", ["forum_id", "begins_at", "id"])
    op.create_index("ix_session_room_id", "session", ["room_id"])
    op.execute("""
        ALTER TABLE session ADD CONSTRAINT ex_session_room_booked_once
        EXCLUDE USING gist (room_id WITH =, tstzrange(begins_at, ends_at) WITH &&)
        WHERE (NOT cancelled) DEFERRABLE INITIALLY DEFERRED
    """)
    op.create_table(
        "step",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("forum_id", sa.Uuid, nullable=False),
        sa.Column("session_id", sa.Uuid, nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Uuid, nullable=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
        sa.ForeignKeyConstraint(["forum_id"], ["forum.id"], name="fk_step_forum_id"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_step_session_id"),
    )
    op.create_index("ix_step_forum_id", "step", ["forum_id", "id"])
    op.create_table(
        "registration",
        sa.Column("forum_id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("promoted_at", _INSTANT, nullable=True),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("forum_id", "person", name="pk_registration"),
        sa.ForeignKeyConstraint(["forum_id"], ["forum.id"], name="fk_registration_forum_id"),
        sa.UniqueConstraint("forum_id", "number", name="uq_registration_forum_id_number"),
        sa.CheckConstraint("state IN ('registered', 'waiting', 'cancelled')", name="ck_registration_state"),
    )
    op.create_index("ix_registration_forum_id_state_number", "registration", ["forum_id", "state", "number"])
    op.create_index("ix_registration_person_at", "registration", ["person", "at", "forum_id"])
    op.create_table(
        "known_label",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_known_label"),
    )
    op.create_table(
        "person_name",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_name"),
    )
