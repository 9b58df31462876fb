"""What every test may ask for."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio
from hypothesis import settings

import tests.support.meilisearch  # noqa: F401  # takes the server's address out of the environment
from tests.support.postgres import TestServer, test_server

LONGEST = (
    "tests/journeys/test_every_page.py",
    "tests/projection/test_interleavings.py",
    "tests/http_fuzz",
    "tests/operations",
    "tests/services/identity/test_access.py",
    "tests/distributed",
    "tests/faults",
    "tests/messaging/test_rebalancing.py",
    "tests/deploy/test_kubernetes.py",
    "tests/journeys",
    "tests/cli",
    "tests/tracing",
)
"""What takes minutes, the longest first: begun last, one of them alone would be waited for."""

# No test asserts how long anything takes: on a machine with other work the same example is fast and slow.
settings.register_profile("demain", deadline=None)
settings.load_profile("demain")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that several processes end at about the same time."""

    def place(item: pytest.Item) -> int:
        found = (number for number, one in enumerate(LONGEST) if item.nodeid.startswith(one))
        return next(found, len(LONGEST))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All that collecting imports stays: looking for garbage in it, here and in every test, is a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[TestServer]:
    """The session's PostgreSQL."""
    async with test_server() as started:
        yield started
