from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.search.city import CONTRIBUTIONS, PEOPLE, City, city
from tests.support.postgres import TestServer


@pytest.fixture(scope="session")
async def known_city(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """The whole city, indexed, for tests that only read."""
    async with city(server, tmp_path_factory.mktemp("city")) as known:
        await known.hears(*PEOPLE, *CONTRIBUTIONS)
        await known.settles()
        yield known


@pytest.fixture
async def new_city(server: TestServer, tmp_path: Path) -> AsyncIterator[City]:
    """An empty city, for tests that change it."""
    async with city(server, tmp_path) as empty:
        yield empty
