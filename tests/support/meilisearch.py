"""A place of one's own on the Meilisearch that ``MEILI_URL`` names; without it, what needs one is skipped.

``MEILI_KEY`` must let the tests write indexes whose names begin with ``demaintests`` (the master key does).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from shared.search_index.meilisearch.server import Meilisearch
from shared.search_index.meilisearch_index import MeilisearchIndex
from shared.search_index.port import IndexUnavailable

# Only tests that ask for it use it: what runs the platform must not find it in the environment. Under another name, for
# several test processes inherit the environment of one.
for _name in ("MEILI_URL", "MEILI_KEY"):
    if _name in os.environ:
        os.environ[f"DEMAIN_TEST_{_name}"] = os.environ.pop(_name)

PREFIX = "demaintests"
DEADLINE = 60.0
"""Seconds a call may take on a machine with other work."""


@dataclass(frozen=True)
class Place:
    """Names on the server that nobody else uses."""

    url: str
    key: str | None
    base: str

    def index(self, key: str | None = None) -> MeilisearchIndex:
        """An index of this place, not opened yet."""
        return MeilisearchIndex(self.url, key or self.key, self.base, deadline=DEADLINE)

    def server(self, key: str | None = None) -> Meilisearch:
        """The server itself."""
        return Meilisearch(self.url, key or self.key, deadline=DEADLINE)

    async def uids(self) -> list[str]:
        """The indexes that are there."""
        server = self.server()
        try:
            listed = (await server.get("/indexes", limit=1_000))["results"]
        finally:
            await server.close()
        return sorted(one["uid"] for one in listed if one["uid"].startswith(f"{self.base}-"))


async def answers(url: str) -> bool:
    """Whether a server answers there by now."""
    server = Meilisearch(url, None, deadline=DEADLINE)
    try:
        return bool((await server.get("/health"))["status"] == "available")
    except IndexUnavailable:
        return False
    finally:
        await server.close()


def is_there() -> bool:
    """Whether there is a server to test on."""
    return bool(os.environ.get("DEMAIN_TEST_MEILI_URL"))


@asynccontextmanager
async def a_place_on_meilisearch(*, separator: str = "-") -> AsyncIterator[Place]:
    """An empty place, cleared away afterwards. Skips the test, saying why, where there is no server.

    ``separator`` is empty for a place that is named as `MEILI_PREFIX` must be.
    """
    url = os.environ.get("DEMAIN_TEST_MEILI_URL")
    if not url:
        pytest.skip("MEILI_URL is not set: there is no Meilisearch to run this against")
    place = Place(url, os.environ.get("DEMAIN_TEST_MEILI_KEY"), f"{PREFIX}{separator}{secrets.token_hex(6)}")
    try:
        yield place
    finally:
        server = place.server()
        try:
            await server.done(*[await server.change("DELETE", f"/indexes/{uid}") for uid in await place.uids()])
        finally:
            await server.close()
