"""The bulletin service over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.runtime import logging
from tests.messaging.bulletin.service import SERVICE
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As in production: structlog's own default prints local variables, for seconds per traceback."""
    logging.set_up(format="console", level="warning")


@pytest_asyncio.fixture
async def bulletin(server: TestServer) -> AsyncIterator[ServiceUnderTest]:
    async with serving(server, SERVICE) as under_test:
        yield under_test
