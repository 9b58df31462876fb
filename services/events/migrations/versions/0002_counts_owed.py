"""Forums whose registrations were not told yet."""

import sqlalchemy as sa
from alembic import op

revision = "events_0002"
down_revision = "events_0001"


def upgrade() -> None:
    op.add_column("forum", sa.Column("counts_owed", sa.Boolean, nullable=False, server_default=sa.text("false")))
