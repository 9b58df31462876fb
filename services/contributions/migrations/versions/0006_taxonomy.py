"""Themes and territories are edited: versions, descriptions, codes, and where merged ones went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "contributions_0006"
down_revision = "contributions_0005"


def upgrade() -> None:
    for table in ("theme", "territory"):
        op.add_column(table, sa.Column("version", sa.Integer, nullable=False, server_default="1"))
        op.add_column(table, sa.Column("descriptions", JSONB, nullable=False, server_default="{}"))
        op.add_column(table, sa.Column("moved_to", sa.Text, nullable=True))
        for column in ("version", "descriptions"):
            op.alter_column(table, column, server_default=None)
        op.create_foreign_key(f"fk_{table}_moved_to", table, table, ["moved_to"], ["id"])
        op.create_index(f"ix_{table}_moved_to", table, ["moved_to"])
    op.add_column("territory", sa.Column("code", sa.Text, nullable=True))
    op.create_index("ix_territory_parent", "territory", ["parent"])
    op.create_index(
        "uq_territory_code", "territory", ["code"], unique=True, postgresql_where=sa.text("moved_to IS NULL")
    )
