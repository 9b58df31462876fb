"""Pictures, and addresses that are changed; of an account that was forgotten before, nothing is left but its id."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0006"
down_revision = "identity_0005"

_BYTEWISE = sa.Text(collation="C")


def upgrade() -> None:
    op.add_column("account", sa.Column("picture", sa.Text, nullable=True))
    op.create_table(
        "picture",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_picture"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_picture_account_id", ondelete="CASCADE"),
    )
    op.add_column("mail_token", sa.Column("email", _BYTEWISE, nullable=True))
    op.add_column("letter", sa.Column("account_id", sa.Uuid, nullable=True))
    op.create_foreign_key("fk_letter_account_id", "letter", "account", ["account_id"], ["id"], ondelete="CASCADE")
    op.execute(
        "UPDATE account SET email = id::text, password_hash = '', display_name = '', sought_name = '', "
        "biography = '', affiliation = '', orcid = NULL WHERE forgotten_at IS NOT NULL"
    )
