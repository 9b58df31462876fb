"""Every time something was heard, in order."""

from alembic import op

revision = "probe_0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE hearing (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            who text NOT NULL,
            topic text NOT NULL,
            key text NOT NULL,
            epoch bigint NOT NULL,
            ordinal bigint NOT NULL
        )
    """)
