"""Contributions, their history, themes, territories, names of authors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "contributions_0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "contribution",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("body_html", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reading_minutes", sa.Integer, nullable=False),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("territories", ARRAY(sa.Text), nullable=False),
        sa.Column("authors", ARRAY(sa.Uuid), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("submitted_at", _INSTANT, nullable=True),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawal_reason", sa.Text, nullable=True),
        sa.Column("origin", sa.Text, nullable=True),
        sa.Column("origin_hash", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contribution"),
        sa.CheckConstraint("state IN ('draft', 'submitted', 'published', 'withdrawn')", name="ck_contribution_state"),
        sa.CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="ck_contribution_published_at"),
    )
    op.create_index("ix_contribution_state_published_at", "contribution", ["state", "published_at", "id"])
    op.create_index("ix_contribution_state_updated_at", "contribution", ["state", "updated_at", "id"])
    for column in ("themes", "territories", "authors"):
        op.create_index(f"ix_contribution_{column}", "contribution", [column], postgresql_using="gin")
    op.create_index("uq_contribution_origin", "contribution", ["origin"], unique=True)
    op.create_table(
        "step",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("contribution_id", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Uuid, nullable=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_step_contribution_id"),
    )
    op.create_index("ix_step_contribution_id", "step", ["contribution_id", "id"])
    op.create_table(
        "theme",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_theme"),
    )
    op.create_table(
        "territory",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("parent", sa.Text, nullable=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_territory"),
        sa.ForeignKeyConstraint(["parent"], ["territory.id"], name="fk_territory_parent"),
    )
    op.create_table(
        "author_name",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_author_name"),
    )
