"""Debates, arguments and their replies, endorsements, reports, decisions of moderators."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "contributions_0009"
down_revision = "contributions_0008"

_INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    _debates()
    _arguments()
    _moderation()


def _debates() -> None:
    op.create_table(
        "debate",
        _column("ordinal", sa.BigInteger()),
        _column("id", sa.Uuid()),
        _column("version", sa.Integer()),
        _column("contribution_id", sa.Uuid(), nullable=True),
        _column("language", sa.Text()),
        _column("question", sa.Text()),
        _column("introduction", sa.Text()),
        _column("introduction_html", sa.Text()),
        _column("introduction_text", sa.Text()),
        _column("themes", ARRAY(sa.Text)),
        _column("territories", ARRAY(sa.Text)),
        _column("opened_by", sa.Uuid()),
        _column("opens_at", _INSTANT),
        _column("closes_at", _INSTANT),
        _column("zone", sa.Text()),
        _column("created_at", _INSTANT),
        _column("updated_at", _INSTANT),
        _column("withdrawn_at", _INSTANT, nullable=True),
        _column("withdrawal_reason", sa.Text(), nullable=True),
        _column("arguments_for", sa.Integer()),
        _column("arguments_against", sa.Integer()),
        _column("arguments_nuance", sa.Integer()),
        _column("replies", sa.Integer()),
        _column("origin", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_debate"),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_debate_contribution_id"),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_debate_period")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)", name=op.f("ck_debate_withdrawal")),
        sa.CheckConstraint(
            "arguments_for >= 0 AND arguments_against >= 0 AND arguments_nuance >= 0 AND replies >= 0",
            name=op.f("ck_debate_counts"),
        ),
    )
    op.create_index("ix_debate_contribution_id", "debate", ["contribution_id"])
    op.create_index("ix_debate_opens_at", "debate", ["opens_at", "id"])
    op.create_index("ix_debate_closes_at", "debate", ["closes_at", "id"])
    op.create_index("ix_debate_themes", "debate", ["themes"], postgresql_using="gin")
    op.create_index("ix_debate_territories", "debate", ["territories"], postgresql_using="gin")
    op.create_index("uq_debate_origin", "debate", ["origin"], unique=True)


def _arguments() -> None:
    op.create_table(
        "argument",
        _column("ordinal", sa.BigInteger()),
        _column("id", sa.Uuid()),
        _column("version", sa.Integer()),
        _column("debate_id", sa.Uuid()),
        _column("answers", sa.Uuid(), nullable=True),
        _column("position", sa.Text(), nullable=True),
        _column("language", sa.Text()),
        _column("body", sa.Text()),
        _column("body_html", sa.Text()),
        _column("text", sa.Text()),
        _column("author", sa.Uuid()),
        _column("made_at", _INSTANT),
        _column("edited_at", _INSTANT, nullable=True),
        _column("state", sa.Text()),
        _column("hidden_at", _INSTANT, nullable=True),
        _column("rule", sa.Text(), nullable=True),
        _column("reason", sa.Text(), nullable=True),
        _column("taken_back_at", _INSTANT, nullable=True),
        _column("endorsements", sa.Integer()),
        _column("replies", sa.Integer()),
        _column("reports", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_argument"),
        sa.ForeignKeyConstraint(["debate_id"], ["debate.id"], name="fk_argument_debate_id"),
        sa.ForeignKeyConstraint(["answers"], ["argument.id"], name="fk_argument_answers"),
        sa.CheckConstraint("state IN ('shown', 'hidden', 'taken_back')", name=op.f("ck_argument_state")),
        sa.CheckConstraint("position IN ('for', 'against', 'nuance')", name=op.f("ck_argument_position")),
        sa.CheckConstraint("(answers IS NULL) = (position IS NOT NULL)", name=op.f("ck_argument_answers")),
        sa.CheckConstraint(
            "(state = 'hidden') = (hidden_at IS NOT NULL AND rule IS NOT NULL)", name=op.f("ck_argument_hidden")
        ),
        sa.CheckConstraint("endorsements >= 0 AND replies >= 0", name=op.f("ck_argument_counts")),
    )
    arguments, replies = sa.text("answers IS NULL"), sa.text("answers IS NOT NULL")
    op.create_index("ix_argument_debate_id", "argument", ["debate_id", "id"], postgresql_where=arguments)
    op.create_index(
        "ix_argument_endorsements", "argument", ["debate_id", "endorsements", "id"], postgresql_where=arguments
    )
    op.create_index(
        "ix_argument_position", "argument", ["debate_id", "position", "endorsements", "id"], postgresql_where=arguments
    )
    op.create_index("ix_argument_answers", "argument", ["answers", "id"], postgresql_where=replies)
    op.create_index("ix_argument_author", "argument", ["author", "id"])
    op.create_index("ix_argument_made_at", "argument", ["debate_id", "made_at"])
    op.create_table(
        "endorsement",
        _column("argument_id", sa.Uuid()),
        _column("person", sa.Uuid()),
        _column("at", _INSTANT),
        sa.PrimaryKeyConstraint("argument_id", "person", name="pk_endorsement"),
        sa.ForeignKeyConstraint(["argument_id"], ["argument.id"], name="fk_endorsement_argument_id"),
    )
    op.create_index("ix_endorsement_person", "endorsement", ["person"])


def _moderation() -> None:
    op.create_table(
        "report",
        _column("id", sa.Uuid()),
        _column("argument_id", sa.Uuid()),
        _column("by", sa.Uuid()),
        _column("rule", sa.Text()),
        _column("note", sa.Text()),
        _column("at", _INSTANT),
        _column("settled_at", _INSTANT, nullable=True),
        _column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.ForeignKeyConstraint(["argument_id"], ["argument.id"], name="fk_report_argument_id"),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_report_settled")),
        sa.CheckConstraint("outcome IN ('upheld', 'dismissed', 'moot')", name=op.f("ck_report_outcome")),
    )
    waiting = sa.text("settled_at IS NULL")
    op.create_index("uq_report_waiting", "report", ["argument_id", "by"], unique=True, postgresql_where=waiting)
    op.create_index("ix_report_waiting_id", "report", ["id"], postgresql_where=waiting)
    op.create_table(
        "moderation_step",
        _column("id", sa.Uuid()),
        _column("argument_id", sa.Uuid()),
        _column("at", _INSTANT),
        _column("by", sa.Uuid()),
        _column("action", sa.Text()),
        _column("rule", sa.Text(), nullable=True),
        _column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_step"),
        sa.ForeignKeyConstraint(["argument_id"], ["argument.id"], name="fk_moderation_step_argument_id"),
    )
    op.create_index("ix_moderation_step_argument_id", "moderation_step", ["argument_id", "id"])
    op.create_index("ix_moderation_step_rule", "moderation_step", ["rule", "action"])
