"""What was heard, and every time it was."""

from alembic import op

revision = "hearer_0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE heard (id text PRIMARY KEY, title text)")
    op.execute("""
        CREATE TABLE hearing (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text NOT NULL,
            epoch bigint NOT NULL,
            ordinal bigint NOT NULL,
            title text
        )
    """)
