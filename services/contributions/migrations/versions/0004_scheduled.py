"""Publication at a chosen instant."""

import sqlalchemy as sa
from alembic import op

revision = "contributions_0004"
down_revision = "contributions_0003"

_STATES = "state IN ('draft', 'submitted', 'changes_requested', 'scheduled', 'published', 'withdrawn')"


def upgrade() -> None:
    op.drop_constraint("ck_contribution_state", "contribution", type_="check")
    op.create_check_constraint("ck_contribution_state", "contribution", _STATES)
    op.add_column("contribution", sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        "ck_contribution_publish_at", "contribution", "(state = 'scheduled') = (publish_at IS NOT NULL)"
    )
    op.create_index(
        "ix_contribution_publish_at", "contribution", ["publish_at"], postgresql_where="publish_at IS NOT NULL"
    )
