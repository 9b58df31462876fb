"""Services that speak and hear in this process, on the log in PostgreSQL, with their spans collected."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.messaging.log import Log
from shared.runtime import telemetry
from shared.storage.database import Database
from tests.conformance.log.backends import PostgresBackend
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.messaging.hearer.service import SERVICE as HEARER
from tests.support.collector import Collector, collecting
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving


@pytest_asyncio.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as collector:
        yield collector


@pytest_asyncio.fixture
async def tracing(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Spans of the two services go to the collector while the test runs."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    telemetry.start([BULLETIN.name, HEARER.name], endpoint=f"{collector.url}/v1/traces")
    yield
    await telemetry.stop(10)


@pytest_asyncio.fixture
async def bulletin(server: TestServer) -> AsyncIterator[ServiceUnderTest]:
    async with serving(server, BULLETIN) as bulletin:
        yield bulletin


@pytest_asyncio.fixture
async def hearer(server: TestServer) -> AsyncIterator[Database]:
    async with server.database(HEARER) as database:
        yield database


@pytest_asyncio.fixture
async def log(server: TestServer) -> AsyncIterator[Log]:
    backend = PostgresBackend(server.maintenance.dsn)
    await backend.start()
    assert backend.proxy is not None
    log = backend.log()
    await log.create_topics([BULLETINS])
    yield log
    await log.close()
    await backend.proxy.cut()
