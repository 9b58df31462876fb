"""The browser and its people of `tests.journeys`, at another platform."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from tests.deploy.local import Distributed, distributed, need_caddy
from tests.journeys.conftest import (  # noqa: F401  (fixtures and hooks are found by their names)
    _log_of_the_test,
    arrive,
    browser,
    pytest_runtest_makereport,
    signed_in,
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demain(browser: Browser) -> AsyncIterator[Distributed]:  # noqa: F811
    """The processes of ``docker-compose.yml``, with the sample."""
    need_caddy()
    folder = Path(tempfile.mkdtemp(prefix="demain-compose-"))
    try:
        async with distributed(folder) as platform:
            yield platform
    finally:
        shutil.rmtree(folder, ignore_errors=True)
