"""Organizations, calls, applications, reviews, partnerships, demonstrators; names of people, marks of mail domains."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "partners_0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("territories", ARRAY(sa.Text), nullable=False),
        sa.Column("criteria", JSONB, nullable=False),
        sa.Column("top_score", sa.Integer, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("opens_at", _INSTANT, nullable=True),
        sa.Column("deadline", _INSTANT, nullable=True),
        sa.Column("organizers", ARRAY(sa.Uuid), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawal_reason", sa.Text, nullable=True),
        sa.Column("origin", sa.Text, nullable=True),
        sa.CheckConstraint("kind IN ('projects', 'interest', 'open')", name="ck_call_kind"),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed', 'withdrawn')", name="ck_call_state"),
        sa.CheckConstraint(
            "opens_at IS NULL OR deadline IS NULL OR opens_at < deadline", name="ck_call_opens_before_deadline"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    op.create_index("ix_call_organizers", "call", ["organizers"], postgresql_using="gin")
    op.create_index("ix_call_state_published_at", "call", ["state", "published_at", "id"])
    op.create_index("uq_call_origin", "call", ["origin"], unique=True)
    op.create_table(
        "mail_domain",
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("mark", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("person", name="pk_mail_domain"),
    )
    op.create_table(
        "organization",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("siren", sa.Text, nullable=True),
        sa.Column("siret", sa.Text, nullable=True),
        sa.Column("website", sa.Text, nullable=True),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("territories", ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawal_reason", sa.Text, nullable=True),
        sa.Column("origin", sa.Text, nullable=True),
        sa.CheckConstraint("kind IN ('startup', 'lab', 'company', 'authority')", name="ck_organization_kind"),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="ck_organization_state"),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
    )
    op.create_index("ix_organization_state_published_at", "organization", ["state", "published_at", "id"])
    op.create_index("uq_organization_origin", "organization", ["origin"], unique=True)
    op.create_table(
        "person_name",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_name"),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("proposal", sa.Text, nullable=False),
        sa.Column("testing", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("territories", ARRAY(sa.Text), nullable=False),
        sa.Column("contact", sa.Uuid, nullable=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("submitted_at", _INSTANT, nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("decision_reason", sa.Text, nullable=True),
        sa.Column("origin", sa.Text, nullable=True),
        sa.CheckConstraint(
            "(state IN ('accepted', 'declined')) = (decided_at IS NOT NULL)", name="ck_application_decided_at"
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'in_review', 'accepted', 'declined', 'withdrawn')",
            name="ck_application_state",
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="ck_application_submitted_at"
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_application_call_id"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_application_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
    )
    op.create_index("ix_application_call_id", "application", ["call_id", "updated_at", "id"])
    op.create_index("ix_application_organization_id", "application", ["organization_id", "updated_at", "id"])
    op.create_index("uq_application_origin", "application", ["origin"], unique=True)
    op.create_table(
        "declared_conflict",
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_declared_conflict_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "person", name="pk_declared_conflict"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("by", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("accepted_at", _INSTANT, nullable=True),
        sa.Column("accepted_by", sa.Uuid, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.CheckConstraint("role IN ('owner', 'member')", name="ck_invitation_role"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_invitation_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
    )
    op.create_index("ix_invitation_organization_id", "invitation", ["organization_id", "id"])
    op.create_index("uq_invitation_digest", "invitation", ["digest"], unique=True)
    op.create_table(
        "membership",
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=True),
        sa.CheckConstraint("role IN ('owner', 'member')", name="ck_membership_role"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_membership_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "person", name="pk_membership"),
    )
    op.create_index("ix_membership_person", "membership", ["person", "organization_id"])
    op.create_table(
        "assignment",
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("reviewer", sa.Uuid, nullable=False),
        sa.Column("by", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_assignment_application_id"),
        sa.PrimaryKeyConstraint("application_id", "reviewer", name="pk_assignment"),
    )
    op.create_index("ix_assignment_reviewer", "assignment", ["reviewer", "application_id"])
    op.create_table(
        "partnership",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("call_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("partner_contact", sa.Uuid, nullable=False),
        sa.Column("host_contact", sa.Uuid, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_partnership_application_id"),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_partnership_call_id"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_partnership_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_partnership"),
    )
    op.create_index("ix_partnership_call_id", "partnership", ["call_id", "id"])
    op.create_index("ix_partnership_organization_id", "partnership", ["organization_id", "id"])
    op.create_index("uq_partnership_application_id", "partnership", ["application_id"], unique=True)
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("reviewer", sa.Uuid, nullable=False),
        sa.Column("scores", JSONB, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("submitted_at", _INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'submitted')", name="ck_review_state"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_review_application_id"),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
    )
    op.create_index("uq_review_application_id_reviewer", "review", ["application_id", "reviewer"], unique=True)
    op.create_table(
        "step",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Uuid, nullable=False),
        sa.Column("by_applicant", sa.Boolean, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_step_application_id"),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
    )
    op.create_index("ix_step_application_id", "step", ["application_id", "id"])
    op.create_table(
        "demonstrator",
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("partnership_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("tested", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("territories", ARRAY(sa.Text), nullable=False),
        sa.Column("partners", ARRAY(sa.Text), nullable=False),
        sa.Column("until", sa.Date, nullable=True),
        sa.Column("results", sa.Integer, nullable=False),
        sa.Column("newest_results", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawal_reason", sa.Text, nullable=True),
        sa.Column("origin", sa.Text, nullable=True),
        sa.CheckConstraint("state = 'draft' OR published_at IS NOT NULL", name="ck_demonstrator_published_at"),
        sa.CheckConstraint("state IN ('draft', 'published', 'ended', 'withdrawn')", name="ck_demonstrator_state"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_demonstrator_organization_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_demonstrator_partnership_id"),
        sa.PrimaryKeyConstraint("id", name="pk_demonstrator"),
    )
    op.create_index("ix_demonstrator_partnership_id", "demonstrator", ["partnership_id", "id"])
    op.create_index("ix_demonstrator_state_published_at", "demonstrator", ["state", "published_at", "id"])
    op.create_index("uq_demonstrator_origin", "demonstrator", ["origin"], unique=True)
    op.create_table(
        "result",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("demonstrator_id", sa.Uuid, nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=True),
        sa.Column("value", sa.Float, nullable=True),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("by", sa.Uuid, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.CheckConstraint("(measure IS NULL) = (value IS NULL)", name="ck_result_measure_and_value"),
        sa.ForeignKeyConstraint(["demonstrator_id"], ["demonstrator.id"], name="fk_result_demonstrator_id"),
        sa.PrimaryKeyConstraint("id", name="pk_result"),
    )
    op.create_index("ix_result_demonstrator_id", "result", ["demonstrator_id", "on", "id"])
