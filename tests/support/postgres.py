"""PostgreSQL for tests: one server a session, a database a test, copied from a migrated template.

Most of what a small test costs is what the file system does for that copy: some three hundred files, 10 MB. So the
server's files are in memory where there is room, and a test's database goes when the test ends.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from shared.runtime.service import Service
from shared.storage import migrations
from shared.storage.database import Database, DatabaseAddress
from shared.storage.embedded_postgres import EmbeddedPostgres, ServerSettings
from tests.support.proxy import Connect

MEMORY = Path("/dev/shm")
"""A file system in memory, on Linux. Containers are often given 64 MB of it."""
ROOM = 2**30
"""Bytes that must be free there; a server keeps some 100 MB."""


class TestServer:
    """A PostgreSQL server and its templates."""

    __test__ = False

    def __init__(self, maintenance: DatabaseAddress) -> None:
        self.maintenance = maintenance
        self._templates: dict[str, str] = {}
        self._numbers = itertools.count(1)

    async def execute(self, statement: str) -> None:
        """Run a statement in the maintenance database."""
        connection = await asyncpg.connect(self.maintenance.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def empty(self, name: str = "empty") -> DatabaseAddress:
        """A new database without tables."""
        fresh = f"t{next(self._numbers)}_{name}"
        await self.execute(f'CREATE DATABASE "{fresh}"')
        return self.maintenance.elsewhere(fresh)

    async def fresh(self, service: Service) -> DatabaseAddress:
        """A new database with the tables of a service."""
        template = self._templates.get(service.name)
        if template is None:
            template = f"template_{service.name}"
            await self.execute(f'CREATE DATABASE "{template}"')
            await migrations.upgrade(self.maintenance.elsewhere(template), service.migrations)
            self._templates[service.name] = template
        fresh = f"t{next(self._numbers)}_{service.name}"
        await self.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.maintenance.elsewhere(fresh)

    @asynccontextmanager
    async def database(self, service: Service, *, pool_size: int = 8) -> AsyncIterator[Database]:
        """A service's database of its own, with a pool. It is gone when the block ends."""
        address = await self.fresh(service)
        database = Database(service.name, address, pool_size=pool_size)
        database.epoch = 1
        try:
            yield database
        finally:
            await database.close()
            # By force: what a failed test left connected must not hide why it failed.
            await self.execute(f'DROP DATABASE IF EXISTS "{address.name}" WITH (FORCE)')


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder for a server, in memory where there is room; removed with all it holds."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    folder = Path(tempfile.mkdtemp(prefix="demain-test-", dir=MEMORY if roomy else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def test_server() -> AsyncIterator[TestServer]:
    """A server for a test session, without waiting for the disk."""
    with _folder() as folder:
        postgres = EmbeddedPostgres(folder / "postgresql", ServerSettings(max_connections=300, fsync=False))
        url = await postgres.start()
        try:
            yield TestServer(DatabaseAddress.of(url))
        finally:
            await postgres.stop()


def way_to(address: DatabaseAddress) -> Connect:
    """How a proxy reaches a PostgreSQL, on a socket in a folder or on a port."""
    url = address.direct
    host, port = str(url.query.get("host") or url.host), int(str(url.query.get("port") or url.port or 5432))
    if host.startswith("/"):
        return lambda: asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return lambda: asyncio.open_connection(host, port)


def behind(address: DatabaseAddress, port: int) -> DatabaseAddress:
    """The same database behind a proxy on a port of this machine."""
    far = address.direct.set(host="127.0.0.1", port=port, query={})
    return DatabaseAddress(far, far)
