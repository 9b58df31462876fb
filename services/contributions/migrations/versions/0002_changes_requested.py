"""A state of its own for what editors sent back; drafts that were sent back and not submitted since take it."""

from alembic import op

revision = "contributions_0002"
down_revision = "contributions_0001"

_STATES = "state IN ('draft', 'submitted', 'changes_requested', 'published', 'withdrawn')"


def upgrade() -> None:
    op.drop_constraint("ck_contribution_state", "contribution", type_="check")
    op.create_check_constraint("ck_contribution_state", "contribution", _STATES)
    op.execute("""
        UPDATE contribution SET state = 'changes_requested', version = version + 1
        WHERE state = 'draft' AND (
            SELECT step.action FROM step WHERE step.contribution_id = contribution.id ORDER BY step.id DESC LIMIT 1
        ) = 'return'
    """)
