"""Bulletins, with constraints that are checked at once, at commit, and by a trigger at commit."""

from alembic import op

revision = "bulletin_0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE bulletin (
            ordinal bigint NOT NULL,
            id uuid CONSTRAINT pk_bulletin PRIMARY KEY,
            version integer NOT NULL,
            title text NOT NULL,
            slug text CONSTRAINT uq_bulletin_slug UNIQUE,
            pages integer NOT NULL CONSTRAINT ck_bulletin_pages CHECK (pages > 0),
            place integer CONSTRAINT uq_bulletin_place UNIQUE DEFERRABLE INITIALLY DEFERRED,
            posted boolean NOT NULL
        )
    """)
    # A title such as "at commit: 40001" makes the commit fail with that SQLSTATE.
    op.execute("""
        CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.title LIKE 'at commit: _____' THEN
                RAISE EXCEPTION 'asked for' USING ERRCODE = right(NEW.title, 5);
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT OR UPDATE ON bulletin
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit()
    """)
