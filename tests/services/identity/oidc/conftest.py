"""The provider under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.services.identity.oidc.provider import ProviderUnderTest, over_http
from tests.services.identity.people import IdentityUnderTest


@pytest_asyncio.fixture
async def provider(identity: IdentityUnderTest) -> AsyncIterator[ProviderUnderTest]:
    """The provider over real HTTP, with nobody in it."""
    async with over_http(identity) as served:
        yield served
