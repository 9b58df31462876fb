"""The partners service under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from services.partners.service import SERVICE
from tests.services.partners.town import Town
from tests.support.postgres import TestServer
from tests.support.service import serving


@pytest_asyncio.fixture
async def town(server: TestServer) -> AsyncIterator[Town]:
    """The service, and those who speak to it."""
    async with serving(server, SERVICE) as under_test:
        yield Town(under_test)
