"""Accounts, the roles granted to them, sign-ins, and signing keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "identity_0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_BYTEWISE = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("email", _BYTEWISE, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("sought_name", _BYTEWISE, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("forgotten_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
    )
    op.create_index("ix_account_sought_name", "account", ["sought_name"])
    op.create_table(
        "role_grant",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("granted_by", sa.Uuid, nullable=True),
        sa.Column("granted_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role", name="pk_role_grant"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_role_grant_account_id", ondelete="CASCADE"),
    )
    op.create_index("ix_role_grant_role_account_id", "role_grant", ["role", "account_id"])
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_sign_in_account_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sign_in_account_id_expires_at", "sign_in", ["account_id", "expires_at"])
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sign_in_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_token"),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_in.id"], name="fk_refresh_token_sign_in_id", ondelete="CASCADE"),
    )
    op.create_index("ix_refresh_token_sign_in_id", "refresh_token", ["sign_in_id"])
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("public_jwk", JSONB, nullable=False),
        sa.Column("private_jwk", JSONB, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("drop_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_key"),
        sa.CheckConstraint(
            "(state = 'retired') = (drop_at IS NOT NULL)", name=op.f("ck_signing_key_retired_is_dropped")
        ),
        sa.CheckConstraint(
            "(state = 'retired') = (private_jwk IS NULL)", name=op.f("ck_signing_key_retired_cannot_sign")
        ),
    )
    for state in ("active", "next"):
        op.create_index(
            f"ix_signing_key_one_{state}",
            "signing_key",
            ["state"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
