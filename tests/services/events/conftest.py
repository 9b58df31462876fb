"""The events service under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from services.events.service import SERVICE
from services.events.tables import KnownLabel
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving


@pytest_asyncio.fixture
async def service(server: TestServer) -> AsyncIterator[ServiceUnderTest]:
    """The service, to which contributions told a theme and a territory."""
    async with serving(server, SERVICE) as under_test:
        async with under_test.database.transaction() as session:
            for kind, id in (("theme", "energy"), ("territory", "lyon")):
                if await session.get(KnownLabel, (kind, id)) is None:
                    session.add(KnownLabel(kind=kind, id=id))
        yield under_test
