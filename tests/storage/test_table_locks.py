"""A migration whose table is in use: nobody waits behind it, it tries again, and in the end says who is in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from shared.storage import migrations, table_locks
from shared.storage.database import DatabaseAddress
from shared.storage.table_locks import TableInUse
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.support.histories import gone_on
from tests.support.postgres import TestServer
from tests.support.waiting import eventually

ADD = 'op.add_column("outbox", sa.Column("note", sa.Text, nullable=True))'
READ = "SELECT count(*) FROM outbox"
INDEX = """
    with op.get_context().autocommit_block():
        op.create_index("ix_outbox_topic", "outbox", ["topic"], postgresql_concurrently=True)"""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_locks, "LOCK_WAIT", 0.2)
    monkeypatch.setattr(table_locks, "LONGEST_PAUSE", 0.05)


@asynccontextmanager
async def connected(address: DatabaseAddress, name: str = "test") -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(address.dsn, server_settings={"application_name": name})
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def in_use(address: DatabaseAddress) -> AsyncIterator[None]:
    """A transaction that has read a table and is not at its end, as that of a dump."""
    async with connected(address, "a long dump") as holder, holder.transaction():
        await holder.fetchval(READ)
        yield


async def waits(watcher: asyncpg.Connection, kind: str = "relation") -> bool:
    """Whether somebody stands in a queue for a lock in this database."""
    return bool(
        await watcher.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND locktype = $1 AND datname = current_database())",
            kind,
        )
    )


async def test_who_comes_later_is_served_while_a_migration_waits(
    server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_locks, "TRIES", 10_000)
    address = await server.fresh(BULLETIN)
    newer = gone_on(BULLETIN.migrations, tmp_path / "newer", revision="t_1", upgrade=ADD)
    async with connected(address) as watcher, connected(address) as reader:
        async with in_use(address):
            migrating = asyncio.create_task(migrations.upgrade(address, newer))
            for _ in range(3):
                await eventually(lambda: waits(watcher))
                # Stands behind the migration; without its limit for as long as the table is in use.
                assert await asyncio.wait_for(reader.fetchval(READ), timeout=20) == 0
            assert not migrating.done()
        assert await migrating == ["t_1"]
    assert await migrations.missing(address, newer) == []


async def test_control_without_the_limit_everybody_stands_behind_it(
    server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_locks, "LOCK_WAIT", 0)  # PostgreSQL's word for no limit
    address = await server.fresh(BULLETIN)
    newer = gone_on(BULLETIN.migrations, tmp_path / "newer", revision="t_1", upgrade=ADD)
    async with connected(address) as watcher, connected(address) as reader:
        async with in_use(address):
            migrating = asyncio.create_task(migrations.upgrade(address, newer))
            await eventually(lambda: waits(watcher))
            await reader.execute("SET lock_timeout = '1s'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await reader.fetchval(READ)
        assert await migrating == ["t_1"]


async def test_a_table_in_use_for_long_is_told_with_who_uses_it(
    server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_locks, "TRIES", 2)
    address = await server.fresh(BULLETIN)
    first = gone_on(BULLETIN.migrations, tmp_path / "1", revision="t_1", upgrade='op.execute("CREATE TABLE added ()")')
    newer = gone_on(first, tmp_path / "2", revision="t_2", upgrade=ADD)
    async with in_use(address):
        with pytest.raises(TableInUse) as refused:
            await migrations.upgrade(address, newer)
        for word in (address.name, "each of 2 times", "ALTER TABLE outbox", "(a long dump, idle in transaction, for "):
            assert word in str(refused.value)
        # What ran before stands, and the table that is in use is as it was.
        assert await migrations.missing(address, first) == []
        assert await migrations.missing(address, newer) == ["t_2"]
    assert await migrations.upgrade(address, newer) == ["t_2"]


async def test_an_index_that_is_made_concurrently_waits_as_long_as_it_takes(
    server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_locks, "LOCK_WAIT", 0.05)
    monkeypatch.setattr(table_locks, "TRIES", 1)
    address = await server.fresh(BULLETIN)
    newer = gone_on(BULLETIN.migrations, tmp_path / "newer", revision="t_1", upgrade=INDEX)
    async with connected(address) as watcher, connected(address) as writer, connected(address) as other:
        async with writer.transaction():
            await writer.execute("LOCK TABLE outbox IN ROW EXCLUSIVE MODE")
            migrating = asyncio.create_task(migrations.upgrade(address, newer))

            async def longer_than_allowed() -> bool:
                return await waits(watcher, "virtualxid") and await watcher.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'"
                    " AND clock_timestamp() - query_start > interval '0.5 s')"
                )

            await eventually(longer_than_allowed)
            await asyncio.wait_for(other.execute("DELETE FROM outbox"), timeout=20)
            assert not migrating.done()
        assert await migrating == ["t_1"]
        assert await watcher.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_outbox_topic'::regclass")
