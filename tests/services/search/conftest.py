from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.search_index.conftest import ADAPTERS
from tests.services.search.city import CONTRIBUTIONS, PEOPLE, City, city
from tests.support.postgres import TestServer


@pytest.fixture(scope="session", params=sorted(ADAPTERS))
async def known_city(
    server: TestServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[City]:
    """The whole city, indexed, for tests that only read: on each index there is."""
    folder = tmp_path_factory.mktemp("city")
    async with ADAPTERS[request.param](folder) as place, city(server, folder, place()) as known:
        await known.hears(*PEOPLE, *CONTRIBUTIONS)
        await known.settles()
        yield known


@pytest.fixture
async def new_city(server: TestServer, tmp_path: Path) -> AsyncIterator[City]:
    """An empty city, for tests that change it."""
    async with city(server, tmp_path) as empty:
        yield empty
