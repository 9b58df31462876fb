"""The contributions service under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from services.contributions.commands.taxonomy import define_the_usual
from services.contributions.service import SERVICE
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving


@pytest_asyncio.fixture
async def service(server: TestServer) -> AsyncIterator[ServiceUnderTest]:
    """The service with the usual themes and territories."""
    async with serving(server, SERVICE) as under_test:
        async with under_test.database.transaction() as session:
            await define_the_usual(session)
        yield under_test
