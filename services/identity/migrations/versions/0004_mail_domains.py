"""Marks of mail domains, and the secret they are made with."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0004"
down_revision = "identity_0002"


def upgrade() -> None:
    op.create_table(
        "installation_secret",
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("purpose", name="pk_installation_secret"),
    )
    op.create_table(
        "mail_domain",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("mark", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mail_domain"),
        sa.ForeignKeyConstraint(["id"], ["account.id"], name="fk_mail_domain_id", ondelete="CASCADE"),
    )
