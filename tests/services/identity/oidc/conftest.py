"""The provider under test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from functools import cache

import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey

from services.identity import tokens
from services.identity.commands import keys
from tests.services.identity.oidc.provider import ProviderUnderTest, over_http
from tests.services.identity.people import IdentityUnderTest


@cache
def _made(number: int) -> RSAKey:
    return tokens.new_rsa_key()


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSA keys take some tenths of a second each: those of one test are the next one's too."""
    numbers = itertools.count()
    monkeypatch.setattr(keys, "new_rsa_key", lambda: _made(next(numbers)))


@pytest_asyncio.fixture
async def provider(identity: IdentityUnderTest) -> AsyncIterator[ProviderUnderTest]:
    """The provider over real HTTP, with nobody in it."""
    async with over_http(identity) as served:
        yield served
