"""Clients of the OpenID provider, what they ask for, and codes; sign-ins that were lent to a client."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "identity_0007"
down_revision = "identity_0006"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Nullable, so that a process of the version before goes on writing rows.
    op.add_column("sign_in", sa.Column("client_id", sa.Text, nullable=True))
    op.add_column("sign_in", sa.Column("scope", sa.Text, nullable=True))
    op.add_column("sign_in", sa.Column("authenticated_at", _INSTANT, nullable=True))
    op.create_index("ix_sign_in_client_id", "sign_in", ["client_id"])
    for name in ("rsa_public_jwk", "rsa_private_jwk"):
        op.add_column("signing_key", sa.Column(name, JSONB, nullable=True))
    op.create_check_constraint(
        "ck_signing_key_retired_cannot_sign_id_tokens", "signing_key", "state <> 'retired' OR rsa_private_jwk IS NULL"
    )
    op.create_table(
        "client",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary, nullable=True),
        sa.Column("redirect_uris", JSONB, nullable=False),
        sa.Column("grant_types", JSONB, nullable=False),
        sa.Column("scopes", JSONB, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
    )
    op.create_table(
        "authorization_request",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("parameters", JSONB, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_authorization_request"),
    )
    op.create_index("ix_authorization_request_expires_at", "authorization_request", ["expires_at"])
    op.create_table(
        "authorization_code",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=True),
        sa.Column("challenge", sa.Text, nullable=False),
        sa.Column("authenticated_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.Column("sign_in_id", sa.Uuid, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_authorization_code"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_authorization_code_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sign_in_id"], ["sign_in.id"], name="fk_authorization_code_sign_in_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_authorization_code_account_id", "authorization_code", ["account_id"])
    op.create_index("ix_authorization_code_sign_in_id", "authorization_code", ["sign_in_id"])
