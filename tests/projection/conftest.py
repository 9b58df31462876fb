from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.projection.forums import Forums, forums
from tests.support.postgres import TestServer


@pytest.fixture(scope="session")
async def shared_forums(server: TestServer) -> AsyncIterator[Forums]:
    """One database for all; see `at_work`."""
    async with forums(server) as one:
        yield one


@pytest.fixture
async def at_work(shared_forums: Forums) -> Forums:
    """A projection with nothing in it yet."""
    await shared_forums.begins_anew()
    return shared_forums
