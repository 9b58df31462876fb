"""An index of what is owed. A migration of its own: it is made beside those who work, outside of a transaction."""

import sqlalchemy as sa
from alembic import op

revision = "contributions_0011"
down_revision = "contributions_0010"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_argument_counts_owed",
            "argument",
            ["counts_owed"],
            postgresql_where=sa.text("counts_owed"),
            postgresql_concurrently=True,
        )
