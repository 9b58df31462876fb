"""Creates the services' databases and brings their tables up to date, under one advisory lock.

Each database has two Alembic histories: the platform's (outbox, guards, parked messages…), in
``shared/storage/platform_migrations``, and its service's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.storage.database import DatabaseAddress

PLATFORM_HISTORY = Path(__file__).parent / "platform_migrations"
_LOCK = 0x44656D61696E  # "Demain"


class DatabaseNewer(Exception):
    """The database was migrated by a newer version of Demain; names the database and the fix."""


@dataclass(frozen=True)
class History:
    """One chain of migrations and the table that says how far a database has come."""

    folder: Path
    version_table: str

    @property
    def scripts(self) -> ScriptDirectory:
        """Alembic's view of the folder."""
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.set_main_option("path_separator", "os")
        return ScriptDirectory.from_config(config)


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
    """Run what is missing; the revisions that ran. Raises DatabaseNewer."""
    ran: list[str] = []
    engine = create_async_engine(address.direct, poolclass=NullPool)
    try:
        for history in histories(service_folder):
            async with engine.begin() as connection:
                ran += await connection.run_sync(_upgrade, history, address.name)
    finally:
        await engine.dispose()
    return ran


def _upgrade(connection: Connection, history: History, database: str) -> list[str]:
    scripts = history.scripts
    ran: list[str] = []

    def steps(revision: Sequence[str] | str, _: MigrationContext) -> list[object]:
        _refuse_newer(scripts, revision, database)
        found = scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]
        ran.extend(step.revision.revision for step in found if step.revision is not None)
        return list(found)

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection, version_table=history.version_table)
        environment.run_migrations()
    return ran


def _refuse_newer(scripts: ScriptDirectory, revision: Sequence[str] | str, database: str) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    current = [revision] if isinstance(revision, str) else list(revision)
    unknown = [one for one in current if one and one not in known]
    if unknown:
        raise DatabaseNewer(
            f"database {database} is at revision {unknown[0]}, which this version of Demain does not know:"
            " it belongs to a newer version; start that one, or use another data folder"
        )


async def missing(address: DatabaseAddress, service_folder: Path) -> list[str]:
    """The revisions a database still lacks; all of them while there is no such database. Raises DatabaseNewer."""
    lacking: list[str] = []
    engine = create_async_engine(address.direct, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            for history in histories(service_folder):
                heads = await connection.run_sync(_heads(history))
                _refuse_newer(history.scripts, heads, address.name)
                lacking += [one for one in history.scripts.get_heads() if one not in heads]
    except (asyncpg.InvalidCatalogNameError, DBAPIError) as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) != asyncpg.InvalidCatalogNameError.sqlstate:
            raise
        return [one for history in histories(service_folder) for one in history.scripts.get_heads()]
    finally:
        await engine.dispose()
    return lacking


def _heads(history: History) -> Callable[[Connection], tuple[str, ...]]:
    def read(connection: Connection) -> tuple[str, ...]:
        context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
        return context.get_current_heads()

    return read
