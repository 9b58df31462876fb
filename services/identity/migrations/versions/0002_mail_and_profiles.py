"""Verified addresses, profiles, mails to be sent with the tokens of their links, and attempts that are slowed."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0002"
down_revision = "identity_0001"

_INSTANT = sa.DateTime(timezone=True)
_BYTEWISE = sa.Text(collation="C")


def upgrade() -> None:
    op.add_column("account", sa.Column("verified_at", _INSTANT, nullable=True))
    # Whoever could sign in before goes on.
    op.execute("UPDATE account SET verified_at = created_at")
    for name in ("biography", "affiliation"):
        op.add_column("account", sa.Column(name, sa.Text, nullable=False, server_default=""))
        op.alter_column("account", name, server_default=None)
    op.add_column("account", sa.Column("orcid", sa.Text, nullable=True))
    op.create_table(
        "mail_token",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_mail_token"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_mail_token_account_id", ondelete="CASCADE"),
    )
    op.create_index("ix_mail_token_account_id", "mail_token", ["account_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("email", _BYTEWISE, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
    )
    op.create_index("ix_letter_due_at", "letter", ["due_at"])
    op.create_table(
        "attempt",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("free_at", _INSTANT, nullable=False),
        sa.Column("forget_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_attempt"),
    )
    op.create_index("ix_attempt_forget_at", "attempt", ["forget_at"])
