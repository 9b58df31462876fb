"""Arguments whose endorsements were not told yet."""

import sqlalchemy as sa
from alembic import op

revision = "contributions_0010"
down_revision = "contributions_0009"


def upgrade() -> None:
    op.add_column("argument", sa.Column("counts_owed", sa.Boolean, nullable=False, server_default=sa.text("false")))
