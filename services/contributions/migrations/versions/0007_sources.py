"""Sources of a contribution, kept with each revision."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "contributions_0007"
down_revision = "contributions_0006"


def upgrade() -> None:
    for table in ("contribution", "revision"):
        op.add_column(table, sa.Column("sources", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))
