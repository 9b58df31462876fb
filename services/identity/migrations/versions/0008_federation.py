"""People another provider vouches for: whom they are here, and the way there and back."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0008"
down_revision = "identity_0007"

_INSTANT = sa.DateTime(timezone=True)
_BYTEWISE = sa.Text(collation="C")


def upgrade() -> None:
    # Nullable, so that a process of the version before goes on writing rows.
    op.add_column("letter", sa.Column("arrival", sa.LargeBinary, nullable=True))
    op.create_table(
        "federated_identity",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issuer", _BYTEWISE, nullable=False),
        sa.Column("subject", _BYTEWISE, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("linked_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_federated_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_federated_identity_issuer_subject"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_federated_identity_account_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_federated_identity_account_id", "federated_identity", ["account_id"])
    op.create_table(
        "departure",
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=True),
        sa.Column("account_id", sa.Uuid, nullable=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_departure"),
        sa.CheckConstraint("(request IS NULL) <> (account_id IS NULL)", name="ck_departure_signs_in_or_links"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_departure_account_id", ondelete="CASCADE"),
    )
    op.create_index("ix_departure_expires_at", "departure", ["expires_at"])
    op.create_index("ix_departure_account_id", "departure", ["account_id"])
    op.create_table(
        "arrival",
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("email", _BYTEWISE, nullable=True),
        sa.Column("email_verified", sa.Boolean, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("authenticated_at", _INSTANT, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("wanted_email", _BYTEWISE, nullable=True),
        sa.Column("wanted_name", sa.Text, nullable=False),
        sa.Column("mail_digest", sa.LargeBinary, nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("browser", name="pk_arrival"),
    )
    op.create_index("ix_arrival_expires_at", "arrival", ["expires_at"])
    op.create_index("ix_arrival_mail_digest", "arrival", ["mail_digest"])
