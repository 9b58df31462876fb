"""Databases of the bench's own, in the platform's PostgreSQL, and what is told in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
from sqlalchemy import insert

from shared.contracts.base import Contract
from shared.contracts.contributions import ContributionPublished
from shared.contracts.identity import PersonNamed
from shared.messaging.envelope import headers_of, payload_of
from shared.messaging.postgres_log import PostgresLog
from shared.runtime.correlation import traceparent
from shared.runtime.service import Service
from shared.runtime.wiring import Server
from shared.storage import migrations, tables
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.bench.bench import Bench

_TEXT = "On y compte les bancs, les arbres et les fontaines. " * 40


@dataclass
class Databases:
    """Made when asked for, closed and dropped at the end of `databases`."""

    server: Server
    _maintenance: asyncpg.Connection
    _stack: AsyncExitStack
    _made: list[str] = field(default_factory=list)

    async def of(self, service: Service, name: str) -> Database:
        """A database with the tables of a service."""
        await self._make(name)
        address = self.server.maintenance.elsewhere(name)
        await migrations.upgrade(address, service.migrations)
        database = Database(service.name, address)
        database.epoch = 1
        self._stack.push_async_callback(database.close)
        return database

    async def log(self, name: str) -> PostgresLog:
        """A log in PostgreSQL."""
        await self._make(name)
        log = PostgresLog(self.server.maintenance.elsewhere(name).dsn)
        self._stack.push_async_callback(log.close)
        return log

    async def bare(self, name: str) -> asyncpg.Connection:
        """A connection to an empty database."""
        await self._make(name)
        connection = await asyncpg.connect(self.server.maintenance.elsewhere(name).dsn)
        self._stack.push_async_callback(connection.close)
        return connection

    async def _make(self, name: str) -> None:
        await self._maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await migrations.create_database(self._maintenance, name)
        self._made.append(name)

    async def drop(self) -> None:
        """Drop them all."""
        for name in self._made:
            await self._maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def databases(bench: Bench) -> AsyncIterator[Databases]:
    """None at first; all are gone at the end."""
    async with bench.server() as server:
        maintenance = await asyncpg.connect(server.maintenance.dsn)
        try:
            async with AsyncExitStack() as stack:
                made = Databases(server, maintenance, stack)
                # Last in, first out: dropped after all that uses them is closed.
                stack.push_async_callback(made.drop)
                yield made
        finally:
            await maintenance.close()


def published(number: int) -> ContributionPublished:
    """A publication of some 2 kB."""
    id = str(new_id())
    return ContributionPublished(
        id=id,
        kind="study",
        language="fr",
        title=f"Étude {number} d’un quartier",
        summary="Ce que la ville gagne à mesurer autrement le temps qu’on y passe.",
        text=_TEXT,
        themes=("mobility",),
        territories=(),
        authors=(),
        url=f"/contributions/{id}/etude",
        published_at=datetime.now(UTC),
    )


def named(number: int) -> PersonNamed:
    """Somebody new."""
    return PersonNamed(id=str(new_id()), name=f"Nadia Belkacem {number}")


async def fill_outbox(sender: Database, said: Sequence[Contract]) -> None:
    """Leave these to the relay."""
    values = [
        {
            "topic": one.TOPIC,
            "key": one.id,
            "ordinal": 1,
            "type": one.TYPE,
            "headers": headers_of(one, source=sender.service, ordinal=1, epoch=1, traceparent=traceparent()),
            "payload": payload_of(one),
        }
        for one in said
    ]
    async with sender.transaction() as session:
        await session.execute(insert(tables.outbox), values)
