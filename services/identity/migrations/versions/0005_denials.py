"""Who is not let in any more, and what was done to accounts by whom."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0005"
down_revision = "identity_0004"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "denial",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("since", _INSTANT, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_denial"),
        sa.ForeignKeyConstraint(["id"], ["account.id"], name="fk_denial_id", ondelete="CASCADE"),
    )
    op.create_table(
        "account_event",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=True),
        sa.Column("by", sa.Uuid, nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_event"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_event_account_id", ondelete="CASCADE"),
    )
    op.create_index("ix_account_event_account_id_id", "account_event", ["account_id", "id"])
