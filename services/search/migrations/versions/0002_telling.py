"""How often it was told that something is found otherwise: a count of its own, so that one lost is seen."""

import sqlalchemy as sa
from alembic import op

revision = "search_0002"
down_revision = "search_0001"


def upgrade() -> None:
    op.create_table(
        "telling",
        sa.Column("name", sa.Text, nullable=False, comment="the projection"),
        sa.Column("ordinal", sa.BigInteger, nullable=False, comment="number of messages told about what it shows"),
        sa.PrimaryKeyConstraint("name", name="pk_telling"),
    )
    # Until now they were numbered by stamps: what is told next must not look older.
    op.execute("INSERT INTO telling SELECT 'search', last_value FROM stamp WHERE is_called")
