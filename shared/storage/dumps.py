"""One database into a file and back, with PostgreSQL's own tools.

A dump is consistent in itself: it shows the instant at which it began. Passwords travel in the environment, never on a
command line that others on the machine can read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from shared.storage.database import DatabaseAddress

_CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


class DumpFailed(Exception):
    """A tool of PostgreSQL could not do it; in its words."""


class InUse(Exception):
    """Somebody is connected to a database that would be replaced."""


async def dump(tools: Path, address: DatabaseAddress, file: Path) -> None:
    """Write a database to ``file``, in PostgreSQL's custom format. Raises DumpFailed.

    ``tools`` is the folder of ``pg_dump`` and ``pg_restore``.
    """
    await _run(tools / "pg_dump", address, "--format=custom", "--no-owner", "--no-acl", f"--file={file}")


async def load(tools: Path, address: DatabaseAddress, file: Path) -> None:
    """Fill an empty database from a dump, wholly or not at all. Raises DumpFailed."""
    whole = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-acl")
    await _run(tools / "pg_restore", address, *whole, f"--dbname={address.name}", str(file))


async def is_empty(address: DatabaseAddress) -> bool:
    """Whether a database has no table. Raises what connecting raises."""
    connection = await asyncpg.connect(address.dsn, timeout=10)
    try:
        return not await connection.fetchval(_TABLES)
    finally:
        await connection.close(timeout=5)


async def exists(maintenance: asyncpg.Connection, name: str) -> bool:
    """Whether the server has a database of that name."""
    return bool(await maintenance.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name))


async def put_in_place(maintenance: asyncpg.Connection, fresh: str, name: str) -> None:
    """Let the database ``fresh`` be ``name`` from now on; the one that was is dropped. Raises InUse.

    Its number is new, which tells the service that it was restored (`shared.messaging.lineage`).
    """
    if connected := await maintenance.fetchval(_CONNECTED, name):
        raise InUse(f"{connected} connection(s) to database {name}")
    aside = f"{name}_replaced"
    await maintenance.execute(f"DROP DATABASE IF EXISTS {quoted(aside)}")
    try:
        if await exists(maintenance, name):
            await maintenance.execute(f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(aside)}")
        await maintenance.execute(f"ALTER DATABASE {quoted(fresh)} RENAME TO {quoted(name)}")
    except asyncpg.ObjectInUseError as error:
        raise InUse(str(error)) from error
    await maintenance.execute(f"DROP DATABASE IF EXISTS {quoted(aside)}")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


async def _run(tool: Path, address: DatabaseAddress, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        tool,
        *arguments,
        env=_where(address),  # and nothing of ours, such as a PGOPTIONS meant for somebody else
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise DumpFailed(f"{address.name}: {said.decode(errors='replace').strip() or tool.name + ' failed'}")


def _where(address: DatabaseAddress) -> dict[str, str]:
    """How libpq is told where a database is."""
    url = address.direct
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    said = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode") or query.get("ssl"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
    }
    return {name: str(value) for name, value in said.items() if value}
