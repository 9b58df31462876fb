"""Identity with another provider beside it, and browsers between both."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest_asyncio
from pydantic import SecretStr

from services.identity.outside import discovery, keys
from shared.clients.provider import SITE_SCOPE
from shared.settings import Settings
from tests.services.identity.oidc.provider import Client, ProviderUnderTest, over_http
from tests.services.identity.outside.other import CLIENT_ID, SECRET, Other, serving_other
from tests.services.identity.people import IdentityUnderTest, Person


@dataclass
class Browser:
    """Somebody's browser, as identity hears of it from the site."""

    between: Between
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    async def post(self, path: str, *, bearer: str | None = None, **body: Any) -> httpx.Response:
        """The answer to what the site asks for this browser."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return await self.between.http.post(
            f"/api/identity/{path}", json={"browser": self.secret, **body}, headers=headers
        )

    async def set_out(self, **asked: str | None) -> str:
        """Where it goes that wants to sign in."""
        id = await self.between.provider.demand(self.between.site.request(**{"scope": SITE_SCOPE, **asked}))
        answer = await self.post(f"authorization-requests/{id}/outside")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["location"])

    async def back(self, address: str, *, token: str | None = None, **person: Any) -> httpx.Response:
        """The answer to its return from there."""
        return await self.post("outside-returns", bearer=token, **self.between.other.approve(address, **person))

    async def arrive(self, **person: Any) -> httpx.Response:
        """There and back."""
        return await self.back(await self.set_out(), **person)

    async def let_in(self, answer: httpx.Response) -> str:
        """Who it is that was let in: the id of the account."""
        assert answer.status_code == 200, answer.text
        code = httpx.URL(answer.json()["location"]).params["code"]
        tokens = await self.between.site.exchange(code)
        assert tokens.status_code == 200, tokens.text
        told = await self.between.identity.verifier().verify(tokens.json()["access_token"])
        return str(told.id)


@dataclass
class Between:
    """Both providers."""

    identity: IdentityUnderTest
    provider: ProviderUnderTest
    other: Other
    site: Client

    @property
    def http(self) -> httpx.AsyncClient:
        """Identity over HTTP."""
        return self.provider.http

    def browser(self) -> Browser:
        """A new one."""
        return Browser(self)

    async def token_of(self, person: Person) -> str:
        """A token of somebody who signed in just now."""
        return str((await self.identity.signed_in(person))["access_token"])

    async def accounts(self) -> int:
        """How many there are."""
        [[count]] = await self.identity.rows("SELECT count(*) FROM account")
        return int(count)


@pytest_asyncio.fixture
async def between(identity: IdentityUnderTest, monkeypatch: Any) -> AsyncIterator[Between]:
    """Identity with the other provider, and nobody in it."""
    monkeypatch.setattr(discovery, "NOT_SOONER_THAN", 0)
    async with serving_other() as other, over_http(identity) as provider:
        identity.service.resources.settings = Settings(
            oidc_issuer=other.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=SecretStr(SECRET),
            oidc_name="Ailleurs",
        )
        yield Between(identity, provider, other, provider.site)


@pytest_asyncio.fixture
async def eager_keys(monkeypatch: Any) -> None:
    """Keys are asked for as often as one is not known."""
    monkeypatch.setattr(keys, "NOT_SOONER_THAN", 0)
