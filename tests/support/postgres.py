"""PostgreSQL for tests: one server a session, a database a test, copied from a migrated template."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from shared.runtime.service import Service
from shared.storage import migrations
from shared.storage.database import Database, DatabaseAddress
from shared.storage.embedded_postgres import EmbeddedPostgres, ServerSettings


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
        await self.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{template}"')
        return self.maintenance.elsewhere(fresh)

    @asynccontextmanager
    async def database(self, service: Service, *, pool_size: int = 8) -> AsyncIterator[Database]:
        """A service's database of its own, with a pool."""
        database = Database(service.name, await self.fresh(service), pool_size=pool_size)
        database.epoch = 1
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def test_server(folder: Path) -> AsyncIterator[TestServer]:
    """A server for a test session, without waiting for the disk."""
    postgres = EmbeddedPostgres(folder, ServerSettings(max_connections=300, fsync=False))
    url = await postgres.start()
    try:
        yield TestServer(DatabaseAddress.of(url))
    finally:
        await postgres.stop()
