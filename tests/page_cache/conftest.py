"""One town for all tests here: it takes seconds to build."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.page_cache.town import Town, town


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def here() -> AsyncIterator[Town]:
    """A town whose pages are kept."""
    with tempfile.TemporaryDirectory(prefix="demain-town-") as folder:
        async with town(Path(folder) / "data") as made:
            yield made
