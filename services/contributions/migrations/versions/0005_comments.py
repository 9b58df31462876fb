"""Editors' comments on passages; whom a review is assigned to, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "contributions_0005"
down_revision = "contributions_0004"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("contribution", sa.Column("editor", sa.Uuid, nullable=True))
    op.add_column("contribution", sa.Column("due_on", sa.Date, nullable=True))
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("contribution_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("by", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("exact", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("suffix", sa.Text, nullable=False),
        sa.Column("resolved_at", _INSTANT, nullable=True),
        sa.Column("resolved_by", sa.Uuid, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_comment_contribution_id"),
    )
    op.create_index("ix_comment_contribution_id", "comment", ["contribution_id", "id"])
