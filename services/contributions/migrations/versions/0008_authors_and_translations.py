"""Invitations of co-authors; translations of one another."""

import sqlalchemy as sa
from alembic import op

revision = "contributions_0008"
down_revision = "contributions_0007"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("contribution_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("by", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("accepted_by", sa.Uuid, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_invitation_contribution_id"),
    )
    op.create_index("ix_invitation_contribution_id", "invitation", ["contribution_id", "id"])
    op.create_index("ix_invitation_expires_at", "invitation", ["expires_at"])
    op.create_index("uq_invitation_digest", "invitation", ["digest"], unique=True)
    op.add_column("contribution", sa.Column("translation_group", sa.Uuid, nullable=True))
    op.create_index("uq_contribution_translation", "contribution", ["translation_group", "language"], unique=True)
