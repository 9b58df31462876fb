"""Older code on a database that newer code has migrated: it goes on where that only expanded, and refuses elsewhere."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from shared.storage import migrations
from shared.storage.migrations import DatabaseNewer
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.support.histories import gone_on, oldest_first
from tests.support.postgres import TestServer

OLD = BULLETIN.migrations
HEAD = oldest_first(OLD)[-1]
EXPAND = 'op.create_table("added", sa.Column("id", sa.Integer, primary_key=True))'
CONTRACT = 'op.drop_table("added")'


async def test_code_goes_on_where_newer_code_expanded(server: TestServer, tmp_path: Path) -> None:
    address = await server.fresh(BULLETIN)
    newer = gone_on(OLD, tmp_path / "newer", revision="t_1", upgrade=EXPAND)
    assert await migrations.missing(address, newer) == ["t_1"]
    assert await migrations.upgrade(address, newer) == ["t_1"]
    assert await migrations.missing(address, OLD) == []
    assert await migrations.upgrade(address, OLD) == []
    assert await migrations.missing(address, newer) == []


async def test_code_that_knows_the_expansion_goes_on_after_the_contraction(server: TestServer, tmp_path: Path) -> None:
    address = await server.fresh(BULLETIN)
    newer = gone_on(OLD, tmp_path / "newer", revision="t_1", upgrade=EXPAND)
    newest = gone_on(newer, tmp_path / "newest", revision="t_2", upgrade=CONTRACT, contracts="t_1")
    assert await migrations.upgrade(address, newest) == ["t_1", "t_2"]
    assert await migrations.missing(address, newer) == []
    for refused in (migrations.missing, migrations.upgrade):
        with pytest.raises(DatabaseNewer, match="t_2, which this version of Demain does not know"):
            await refused(address, OLD)
    # What is contracted once stays so, however much is added later.
    later = gone_on(newest, tmp_path / "later", revision="t_3", upgrade=EXPAND)
    assert await migrations.upgrade(address, later) == ["t_3"]
    with pytest.raises(DatabaseNewer):
        await migrations.missing(address, OLD)


async def test_a_database_of_which_nothing_is_remembered_is_refused(server: TestServer, tmp_path: Path) -> None:
    address = await server.fresh(BULLETIN)
    await migrations.upgrade(address, gone_on(OLD, tmp_path / "newer", revision="t_1", upgrade=EXPAND))
    await _execute(address.dsn, "COMMENT ON TABLE service_version IS NULL")
    with pytest.raises(DatabaseNewer):
        await migrations.missing(address, OLD)


async def test_a_migration_that_fails_keeps_those_before_it(server: TestServer, tmp_path: Path) -> None:
    address = await server.fresh(BULLETIN)
    newer = gone_on(OLD, tmp_path / "newer", revision="t_1", upgrade=EXPAND)
    bad = gone_on(newer, tmp_path / "bad", revision="t_2", upgrade=f"{EXPAND.replace('added', 'more')}\n{EXPAND}")
    with pytest.raises(Exception, match="already exists"):
        await migrations.upgrade(address, bad)
    assert await migrations.missing(address, bad) == ["t_2"]
    assert await migrations.missing(address, newer) == []
    good = gone_on(newer, tmp_path / "good", revision="t_2", upgrade=EXPAND.replace("added", "more"))
    assert await migrations.upgrade(address, good) == ["t_2"]


async def test_a_migration_may_leave_its_transaction(server: TestServer, tmp_path: Path) -> None:
    address = await server.fresh(BULLETIN)
    table = '"outbox"'
    steps = f"""
        op.add_column({table}, sa.Column("note", sa.Text, nullable=True))
        with op.get_context().autocommit_block():
            op.create_index("ix_note", {table}, ["note"], postgresql_concurrently=True)
        op.create_table("added", sa.Column("id", sa.Integer, primary_key=True))
    """
    newer = gone_on(OLD, tmp_path / "newer", revision="t_1", upgrade=steps)
    assert await migrations.upgrade(address, newer) == ["t_1"]
    assert await _execute(address.dsn, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_note'::regclass") is True
    assert await migrations.missing(address, OLD) == []
    assert HEAD in oldest_first(newer)


async def test_a_database_at_its_head_is_asked_and_alembic_left_alone(
    server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at nearly every start."""
    address = await server.fresh(BULLETIN)

    def called(*_: object, **__: object) -> None:
        raise AssertionError("Alembic is at work")

    monkeypatch.setattr(migrations, "create_async_engine", called)

    assert await migrations.upgrade(address, OLD) == []
    assert await migrations.missing(address, OLD) == []
    newer = gone_on(OLD, tmp_path / "newer", revision="t_1", upgrade=EXPAND)
    for asked in (migrations.upgrade, migrations.missing):
        with pytest.raises(AssertionError, match="Alembic"):
            await asked(address, newer)


async def test_what_a_database_at_its_head_does_not_remember_is_remembered_again(server: TestServer) -> None:
    address = await server.fresh(BULLETIN)
    remembered = "SELECT obj_description('service_version'::regclass, 'pg_class')"
    before = await _execute(address.dsn, remembered)
    await _execute(address.dsn, "COMMENT ON TABLE service_version IS NULL")
    assert await _execute(address.dsn, remembered) is None

    assert await migrations.upgrade(address, OLD) == []

    assert before is not None
    assert await _execute(address.dsn, remembered) == before


async def _execute(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
