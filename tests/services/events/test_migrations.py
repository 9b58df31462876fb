"""The migrations make what the code means."""

from __future__ import annotations

from services.events.service import SERVICE
from tests.support.migrations import differences
from tests.support.postgres import TestServer


async def test_migrations_make_what_the_code_means(server: TestServer) -> None:
    assert await differences(server, SERVICE, prepare=["CREATE EXTENSION btree_gist"]) == []
