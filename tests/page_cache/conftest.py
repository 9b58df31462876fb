"""One town for all tests here: it takes seconds to build."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from tests.page_cache.life import Life
from tests.page_cache.town import Town, town


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def here() -> AsyncIterator[Town]:
    """A town whose pages are kept."""
    with tempfile.TemporaryDirectory(prefix="demain-town-") as folder:
        async with town(Path(folder) / "data") as made:
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def life(here: Town) -> Life:
    """One of each, by somebody with a name."""
    begun = Life(here, Random(7))
    await begun.begin()
    return begun


@pytest.fixture
def nothing_kept(here: Town) -> Iterator[None]:
    """Nothing is kept before a test, nor what it left stale after it."""
    here.cache.clear()
    yield
    here.cache.clear()
