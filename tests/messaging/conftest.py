"""Services that speak and hear, over both logs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from shared.messaging.log import Log
from shared.runtime import logging
from shared.storage.database import Database
from tests.conformance.log.backends import Backend, PostgresBackend, create_topics, kafka_behind_proxy
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.bulletin.service import SERVICE as BULLETIN
from tests.messaging.hearer.service import SERVICE as HEARER
from tests.support.postgres import TestServer


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    logging.set_up(format="console", level="warning")


@pytest_asyncio.fixture(params=["postgres", "kafka"])
async def backend(request: pytest.FixtureRequest, server: TestServer) -> AsyncIterator[Backend]:
    """A log of the test's own: topics have fixed names."""
    async with AsyncExitStack() as stack:
        there: Backend
        if request.param == "postgres":
            there = PostgresBackend(server.maintenance.dsn)
            await there.start()
            assert there.proxy is not None
            stack.push_async_callback(there.proxy.cut)
        else:
            there = await kafka_behind_proxy(stack)
        for mark in request.node.iter_markers("needs"):
            for ability in mark.args:
                if ability in there.lacks:
                    pytest.skip(f"needs {ability}: {there.lacks[ability]}")
        yield there


@pytest_asyncio.fixture
async def log(backend: Backend) -> AsyncIterator[Log]:
    there = backend.log()
    await create_topics(there, [BULLETINS])
    yield there
    await there.close()


@pytest_asyncio.fixture
async def speaker(server: TestServer) -> AsyncIterator[Database]:
    """The database of the bulletin service."""
    async with server.database(BULLETIN) as database:
        yield database


@pytest_asyncio.fixture
async def hearer(server: TestServer) -> AsyncIterator[Database]:
    """The database of who hears."""
    async with server.database(HEARER) as database:
        yield database
