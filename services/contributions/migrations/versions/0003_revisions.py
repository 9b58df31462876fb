"""Revisions; what is submitted or published already becomes the first one."""

import sqlalchemy as sa
from alembic import op

revision = "contributions_0003"
down_revision = "contributions_0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("contribution", sa.Column("corrected_at", _INSTANT, nullable=True))
    op.add_column("contribution", sa.Column("revisions", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "revision",
        sa.Column("contribution_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.Uuid, nullable=True),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("contribution_id", "number", name="pk_revision"),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_revision_contribution_id"),
        sa.CheckConstraint("occasion IN ('submitted', 'published', 'corrected')", name="ck_revision_occasion"),
    )
    op.execute("""
        INSERT INTO revision (contribution_id, number, at, occasion, title, summary, body, text)
        SELECT id, 1, coalesce(published_at, submitted_at, updated_at),
            CASE WHEN published_at IS NULL THEN 'submitted' ELSE 'published' END, title, summary, body, text
        FROM contribution WHERE state IN ('submitted', 'published', 'withdrawn')
    """)
    op.execute("UPDATE contribution SET revisions = 1 WHERE state IN ('submitted', 'published', 'withdrawn')")
