"""The projection: documents as told by their owners, what the index does not show yet, long work on the index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "search_0001"
down_revision = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("stamp")))
    op.create_table(
        "document",
        sa.Column("id", sa.Text, nullable=False, comment="kind and id: contribution:0192…"),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("parent", sa.Text, nullable=True),
        sa.Column("refs", ARRAY(sa.Text), nullable=False),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("rooted", sa.Boolean, nullable=False, comment="its kind has no parent"),
        sa.Column("state", JSONB, nullable=True, comment="null while it is not visible"),
        sa.Column("indexed", sa.BigInteger, nullable=True, comment="stamp the live index holds; null: not in it"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index("ix_document_parent", "document", ["parent", "id"], postgresql_where=sa.text("parent IS NOT NULL"))
    op.create_index(
        "ix_document_refs", "document", ["refs"], postgresql_using="gin", postgresql_with={"fastupdate": "off"}
    )
    op.create_table(
        "dirt",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("stamp", sa.BigInteger, nullable=False, server_default=sa.text("nextval('stamp')")),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("cascade", sa.Boolean, nullable=False, comment="those below or naming it are to be marked too"),
        sa.Column("spread_to", sa.Text, nullable=False, server_default="", comment="last one marked so far"),
        sa.PrimaryKeyConstraint("id", name="pk_dirt"),
    )
    op.create_index("ix_dirt_priority_stamp", "dirt", ["priority", "stamp"])
    op.create_table(
        "index_task",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="rebuild or verify"),
        sa.Column("generation", sa.Text, nullable=True, comment="the one a rebuild fills"),
        sa.Column("scanned_to", sa.Text, nullable=False, server_default="", comment="last document looked at"),
        sa.Column("scanned", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("differences", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_index_task"),
    )
    op.create_index(
        "uq_index_task_open",
        "index_task",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
