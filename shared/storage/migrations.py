"""Creates the services' databases and brings their tables up to date, under one advisory lock.

Each database has two Alembic histories: the platform's (outbox, guards, parked messages…), in
``shared/storage/platform_migrations``, and its service's own.

A migration only expands, so that the code of the release before goes on working on what it makes (CONTRIBUTING.md).
One that takes away what no code needs any more says ``CONTRACTS = "<revision>"``: code that knows this revision, or a
later one, does without. The database keeps the last of these beside its revision (`_REMEMBER`), for code that does not
know the revision itself: so older code tells a database that was only expanded from one it cannot work with.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.storage.database import DatabaseAddress
from shared.storage.outages import AWAY
from shared.storage.table_locks import limit_waits, when_free

PLATFORM_HISTORY = Path(__file__).parent / "platform_migrations"
_LOCK = 0x44656D61696E  # "Demain"


_WORKS_WITH = "works with {floor} and later"
_REMEMBER = f"COMMENT ON TABLE {{table}} IS '{_WORKS_WITH}'"
_REMEMBERED = re.compile(r"works with (\w+) and later")
_READ = text("SELECT obj_description(to_regclass(:table), 'pg_class')")
_STANDS = """
    SELECT (SELECT array_agg(version_num::text) FROM {table}) AS revisions,
           obj_description('{table}'::regclass, 'pg_class') AS said
"""


class DatabaseNewer(Exception):
    """The database was contracted by a newer version of Demain, which ours cannot live with; names it and the fix."""


@dataclass(frozen=True)
class History:
    """One chain of migrations and the table that says how far a database has come."""

    folder: Path
    version_table: str

    @cached_property
    def scripts(self) -> ScriptDirectory:
        """Alembic's view of the folder, which it reads once."""
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.set_main_option("path_separator", "os")
        return ScriptDirectory.from_config(config)

    @cached_property
    def floor(self) -> str:
        """The oldest revision whose code works on what the whole history makes: that of the last contraction.

        Without one, the first: code from before this was remembered asks nothing and refuses.
        """
        oldest_first = list(self.scripts.walk_revisions())[::-1]
        known: list[str] = [one.revision for one in oldest_first]
        floors: list[str] = [one.module.CONTRACTS for one in oldest_first if hasattr(one.module, "CONTRACTS")]
        return max([known[0], *floors], key=known.index)


def histories(service_folder: Path) -> tuple[History, History]:
    """The histories of a service's database, in the order they run."""
    return History(PLATFORM_HISTORY, "platform_version"), History(service_folder, "service_version")


@asynccontextmanager
async def migration_lock(server: DatabaseAddress) -> AsyncIterator[asyncpg.Connection]:
    """Only one process migrates a server at a time. ``server`` names its maintenance database."""
    connection = await asyncpg.connect(server.dsn, timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield connection
    finally:
        await connection.close(timeout=5)


async def create_database(connection: asyncpg.Connection, name: str) -> bool:
    """Create a database if it is missing; whether it was."""
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return False
    quoted = '"' + name.replace('"', '""') + '"'
    await connection.execute(f"CREATE DATABASE {quoted} ENCODING 'UTF8' TEMPLATE template0")
    return True


async def upgrade(address: DatabaseAddress, service_folder: Path) -> list[str]:
    """Run what is missing, each migration in a transaction of its own; the revisions that ran.

    A migration may leave its transaction (``op.get_context().autocommit_block()``), as ``CREATE INDEX CONCURRENTLY``
    must; then it does nothing else, so that it can be done again. Raises DatabaseNewer, and TableInUse if a table is in
    use for long; what ran before stands.
    """
    both = histories(service_folder)
    if await _has_nothing_to_run(address, both):
        return []
    ran: list[str] = []
    engine = create_async_engine(address.direct, poolclass=NullPool)
    limit_waits(engine)
    try:
        for history in both:

            async def go_on(history: History = history) -> None:
                async with engine.connect() as connection:
                    await connection.run_sync(_upgrade, history, address.name, ran)
                    await connection.commit()

            await when_free(engine, address.name, go_on)
    finally:
        await engine.dispose()
    return ran


async def _has_nothing_to_run(address: DatabaseAddress, both: Sequence[History]) -> bool:
    """Whether a database stands where its histories end, and remembers what it works with.

    That is so at nearly every start, and one question for each history finds it out, where Alembic looks through the
    catalogue for some. After any other answer, and where there is none, Alembic has the word.
    """
    try:
        connection = await asyncpg.connect(address.dsn, timeout=10)
        try:
            for history in both:
                stands = await connection.fetchrow(_STANDS.format(table=history.version_table))
                if stands["revisions"] != history.scripts.get_heads():
                    return False
                if stands["said"] != _WORKS_WITH.format(floor=history.floor):
                    return False
        finally:
            await connection.close(timeout=5)
    except AWAY:
        return False
    return True


def _upgrade(connection: Connection, history: History, database: str, ran: list[str]) -> None:
    scripts = history.scripts

    def steps(revision: Sequence[str] | str, _: MigrationContext) -> list[object]:
        if _is_ahead(connection, history, revision, database):
            return []
        # First, so that a contraction broken off in the middle has not been kept from older code.
        connection.execute(text(_REMEMBER.format(table=history.version_table, floor=history.floor)))
        return list(scripts._upgrade_revs("head", revision))  # type: ignore[arg-type]

    def note(*_: Any, **said: Any) -> None:
        ran.extend(said["step"].up_revision_ids)

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(
            connection=connection,
            version_table=history.version_table,
            transaction_per_migration=True,
            on_version_apply=note,
        )
        environment.run_migrations()


def _is_ahead(connection: Connection, history: History, revision: Sequence[str] | str, database: str) -> bool:
    """Whether a newer version has expanded this database. Raises DatabaseNewer if it has contracted it, too."""
    known = {script.revision for script in history.scripts.walk_revisions()}
    current = [revision] if isinstance(revision, str) else list(revision)
    unknown = [one for one in current if one and one not in known]
    if not unknown:
        return False
    said = connection.execute(_READ, {"table": history.version_table}).scalar_one()
    floor = _REMEMBERED.fullmatch(said or "")
    if floor is not None and floor[1] in known:
        return True
    raise DatabaseNewer(
        f"database {database} is at revision {unknown[0]}, which this version of Demain does not know"
        " and cannot work with: it belongs to a newer version; start that one, or use another data folder"
    )


async def missing(address: DatabaseAddress, service_folder: Path) -> list[str]:
    """The revisions a database still lacks; all of them while there is no such database. Raises DatabaseNewer.

    A database that a newer version has only expanded lacks none.
    """
    both = histories(service_folder)
    if await _has_nothing_to_run(address, both):
        return []
    lacking: list[str] = []
    engine = create_async_engine(address.direct, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            for history in both:
                lacking += await connection.run_sync(_lacking, history, address.name)
    except (asyncpg.InvalidCatalogNameError, DBAPIError) as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) != asyncpg.InvalidCatalogNameError.sqlstate:
            raise
        return [one for history in both for one in history.scripts.get_heads()]
    finally:
        await engine.dispose()
    return lacking


def _lacking(connection: Connection, history: History, database: str) -> list[str]:
    context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
    heads = context.get_current_heads()
    if _is_ahead(connection, history, heads, database):
        return []
    return [one for one in history.scripts.get_heads() if one not in heads]
