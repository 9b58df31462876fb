"""The platform's tables in every service's database: outbox, guards, parked messages, lineage, idempotency."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "platform_0001"
down_revision = None

_NOW = sa.func.now()
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=_NOW),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("topic", "key", "ordinal", name="uq_outbox_topic_key_ordinal"),
    )
    op.create_table(
        "applied",
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "key", name="pk_applied"),
    )
    op.create_table(
        "consumed",
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "log", "topic", "partition", name="pk_consumed"),
    )
    op.create_table(
        "parked_message",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=True),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parked_at", _INSTANT, nullable=False, server_default=_NOW),
        sa.PrimaryKeyConstraint("id", name="pk_parked_message"),
        sa.UniqueConstraint(
            "consumer", "topic", "key", "epoch", "ordinal",
            name="uq_parked_message_consumer_topic_key_epoch_ordinal",
        ),
    )  # fmt: skip
    op.create_table(
        "lineage",
        sa.Column("single", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("system_identifier", sa.Text, nullable=False),
        sa.Column("timeline", sa.BigInteger, nullable=False),
        sa.Column("database_oid", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("republish_owed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("single", name="pk_lineage"),
        sa.CheckConstraint("single = 1", name="ck_lineage_one_row"),
    )
    op.create_table(
        "idempotent_request",
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("headers", JSONB, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=_NOW),
        sa.PrimaryKeyConstraint("person", "route", "key", name="pk_idempotent_request"),
    )
    op.create_index("ix_idempotent_request_created_at", "idempotent_request", ["created_at"])
