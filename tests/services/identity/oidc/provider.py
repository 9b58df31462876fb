"""The provider over real HTTP, a person before it, and clients made by hand for what a good library refuses to do."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from services.identity.commands import clients
from services.identity.commands.clients import Registered
from services.identity.service import SERVICE
from shared.http.app import observed
from shared.runtime.servers import Serving, listen
from tests.services.identity.people import PASSWORD, IdentityUnderTest, Person

RETURN = "https://atelier.example/retour"
SCOPE = "openid profile email offline_access"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2), not by Authlib."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class Client:
    """A client made by hand: each parameter can be another one."""

    provider: ProviderUnderTest
    id: str
    secret: str | None
    redirect_uri: str = RETURN
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def request(self, **changed: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": "état+1",
            "nonce": "une-fois",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | changed).items() if value is not None}

    async def code(self, person: Person, **changed: str | None) -> str:
        """A code that a person consented to."""
        return parse_qs(urlsplit(await self.provider.consent(self.request(**changed), person)).query)["code"][0]

    async def token(self, auth: bool = True, **form: str | None) -> httpx.Response:
        """The answer of the token endpoint."""
        sent = {name: value for name, value in form.items() if value is not None}
        basic = httpx.BasicAuth(self.id, self.secret) if auth and self.secret else httpx.USE_CLIENT_DEFAULT
        if self.secret is None:
            sent = {"client_id": self.id, **sent}
        return await self.provider.http.post("/oauth/token", data=sent, auth=basic)

    async def exchange(self, code: str, /, **changed: str | None) -> httpx.Response:
        """The answer to a code."""
        usual: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return await self.token(**usual | changed)

    async def tokens(self, person: Person) -> dict[str, Any]:
        """The tokens of a person who consented."""
        answer = await self.exchange(await self.code(person))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refresh(self, refresh_token: str, /, **changed: str | None) -> httpx.Response:
        """The answer to a refresh token."""
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token} | changed)


@dataclass
class ProviderUnderTest:
    """The provider, and what people and clients do with it."""

    identity: IdentityUnderTest
    http: httpx.AsyncClient
    """Without cookies, following nothing."""
    issuer: str

    async def register(self, **wanted: Any) -> Client:
        """A registered client of another site."""
        asked = {"name": "L’Atelier", "redirect_uris": [RETURN], "scopes": SCOPE.split(), "public": False}
        async with self.identity.service.database.transaction() as session:
            made: Registered = await clients.register(session, **{"itself": False, **asked, **wanted})
        return Client(self, made.client.id, made.secret, next(iter(made.client.redirect_uris), RETURN))

    async def authorize(self, parameters: dict[str, str] | str, **options: Any) -> httpx.Response:
        """The answer to an authorization request."""
        query = parameters if isinstance(parameters, str) else urlencode(parameters)
        return await self.http.get(f"/oauth/authorize?{query}", **options)

    async def demand(self, parameters: dict[str, str] | str) -> str:
        """The id under which a request waits for the person's answer."""
        answer = await self.authorize(parameters)
        assert answer.status_code == 303, answer.text
        sent = urlsplit(answer.headers["location"])
        assert (sent.netloc, sent.path.removeprefix("/en")) == ("", "/connexion"), answer.headers["location"]
        return parse_qs(sent.query)["demande"][0]

    async def decide(self, id: str, person: Person, *, granted: bool = True) -> httpx.Response:
        """The answer to a decision of somebody who signed in just now."""
        token = (await self.identity.signed_in(person))["access_token"]
        path = f"/api/identity/authorization-requests/{id}/decision"
        return await self.http.post(path, json={"granted": granted}, headers={"Authorization": f"Bearer {token}"})

    async def consent(self, parameters: dict[str, str] | str, person: Person, *, granted: bool = True) -> str:
        """Where somebody's browser is sent who is asked, and decides."""
        answer = await self.decide(await self.demand(parameters), person, granted=granted)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["location"])

    async def sign_in_for(self, id: str, person: Person, password: str = PASSWORD) -> httpx.Response:
        """The answer to the password given for a request of the site."""
        body = {"email": person.email, "password": password}
        return await self.http.post(f"/api/identity/authorization-requests/{id}/sign-in", json=body)

    @property
    def site(self) -> Client:
        """The site's own client."""
        secret = self.identity.service.resources.site_secret
        return Client(self, "demain-site", secret, f"{self.issuer}/connexion/retour")


@asynccontextmanager
async def over_http(identity: IdentityUnderTest) -> AsyncIterator[ProviderUnderTest]:
    """The provider on a socket, trusting the tokens it signs."""
    identity.service.resources.tokens = identity.verifier()
    serving = Serving(observed(SERVICE, identity.service.app), listen("127.0.0.1", 0), deadline=5)
    issuer = identity.service.resources.site_url = f"http://127.0.0.1:{serving.port}"
    await serving.start()
    try:
        async with httpx.AsyncClient(base_url=issuer, trust_env=False, timeout=60) as http:
            yield ProviderUnderTest(identity, http, issuer)
    finally:
        await serving.stop()
