"""The identity service under test, which trusts the tokens it signs itself and those of the tests' issuer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from services.identity import passwords
from services.identity.service import SERVICE
from tests.services.identity.people import IdentityUnderTest
from tests.support.postgres import TestServer
from tests.support.service import serving

CHEAP = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with parameters that take no time; what the real ones are has a test of its own."""
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobodys.cache_clear()


@pytest_asyncio.fixture
async def identity(server: TestServer) -> AsyncIterator[IdentityUnderTest]:
    """The service, empty."""
    async with serving(server, SERVICE) as under_test:
        yield IdentityUnderTest(under_test)
