"""What every test may ask for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from hypothesis import settings

from tests.support.postgres import TestServer, test_server

# No test asserts how long anything takes: on a machine with other work the same example is fast and slow.
settings.register_profile("demain", deadline=None)
settings.load_profile("demain")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[TestServer]:
    """The session's PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="demain-test-"))
    try:
        async with test_server(folder / "postgresql") as started:
            yield started
    finally:
        shutil.rmtree(folder, ignore_errors=True)
