"""An index of what is owed. A migration of its own: it is made beside those who work, outside of a transaction."""

import sqlalchemy as sa
from alembic import op

revision = "events_0003"
down_revision = "events_0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_forum_counts_owed",
            "forum",
            ["counts_owed"],
            postgresql_where=sa.text("counts_owed"),
            postgresql_concurrently=True,
        )
