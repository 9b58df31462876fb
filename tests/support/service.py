"""A service under test: its app over HTTP (in process), its own database, tokens of the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import event

from shared.auth.principal import Role
from shared.clients.directory import Clients
from shared.http.app import create_app, observed
from shared.messaging.postgres_log import PostgresLog
from shared.runtime.metrics import Metrics
from shared.runtime.resources import Resources
from shared.runtime.service import Service
from shared.search_index.port import SearchIndex
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from tests.support.postgres import TestServer
from tests.support.tokens import TestIssuer


@dataclass
class ServiceUnderTest:
    """What a test of a service works with."""

    service: Service
    app: FastAPI
    http: httpx.AsyncClient
    database: Database
    resources: Resources
    issuer: TestIssuer

    def someone(self, *roles: Role, id: UUID | None = None) -> dict[str, str]:
        """Headers of a person with these roles, a new one unless ``id`` says who."""
        return self.issuer.bearer(id or new_id(), *roles)


@asynccontextmanager
async def serving(
    server: TestServer, service: Service, *, index: SearchIndex | None = None
) -> AsyncIterator[ServiceUnderTest]:
    """The service's app, started, without workers."""
    issuer = TestIssuer()
    async with server.database(service) as database:
        resources = Resources(
            settings=Settings(),
            database=database,
            log=PostgresLog(server.maintenance.dsn),
            clients=Clients({}, "http://127.0.0.1:9"),
            tokens=issuer.verifier(),
            metrics=Metrics(),
            index=index,
        )
        if service.denials is not None:
            resources.denials = service.denials(resources)
        app = create_app(service, resources)
        transport = httpx.ASGITransport(observed(service, app), raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://demain.test") as http,
        ):
            yield ServiceUnderTest(service, app, http, database, resources, issuer)
        resources.cpu.close()


class QueryCounter:
    """Counts the SQL statements a database runs (`BEGIN` and the like are not statements here)."""

    def __init__(self, database: Database) -> None:
        self.statements: list[str] = []
        self._engine = database.engine.sync_engine

    def _note(self, _conn: object, _cursor: object, statement: str, *_: object) -> None:
        self.statements.append(statement)

    def __enter__(self) -> QueryCounter:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    @property
    def count(self) -> int:
        """How many."""
        return len(self.statements)
