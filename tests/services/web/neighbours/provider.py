"""The OpenID provider in memory: it keeps the rules a client depends on, and signs ID tokens with a key of its own."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.clients.base import ServiceProblem
from shared.clients.identity import AuthorizationRequest, Onward
from shared.clients.provider import SITE_ID, ProviderClient, ProviderTokens
from tests.services.web.neighbours.world import World

KEY = RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True)


ATELIER = {
    "client_id": "c-1",
    "redirect_uri": "https://atelier.example/retour",
    "scope": "openid profile email",
    "state": "leur état",
    "nonce": "n",
    "code_challenge": "c",
}
"""What another site asks for."""


@dataclass
class Provided:
    """What the provider knows."""

    issuer: str = "http://demain.test"
    requests: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    """Code → whose, and for which request."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What ID tokens say otherwise than they should."""
    decisions: list[bool] = field(default_factory=list)
    verified_with: list[str] = field(default_factory=list)

    def keep(self, asked: dict[str, str]) -> str:
        """The id under which a request waits."""
        id = secrets.token_urlsafe(8)
        self.requests[id] = asked
        return id

    def described(self, id: str) -> AuthorizationRequest:
        """What the request asks for. Raises ServiceProblem 410."""
        if id not in self.requests:
            raise ServiceProblem(410, "urn:demain:problem:authorization-request-over", "over")
        asked = self.requests[id]
        return AuthorizationRequest(
            client_id=asked["client_id"],
            client_name="Demain" if asked["client_id"] == SITE_ID else "L’Atelier <des cartes>",
            is_site=asked["client_id"] == SITE_ID,
            scopes=asked["scope"].split(),
            state=asked["state"],
            returns_to=asked["redirect_uri"],
        )

    def code(self, id: str, email: str) -> Onward:
        """The request is answered with a code."""
        asked, code = self.requests.pop(id), secrets.token_urlsafe(8)
        self.codes[code] = (email, asked)
        return self.onward(asked, code=code)

    def onward(self, asked: dict[str, str], **told: str) -> Onward:
        """Where the browser is sent with an answer."""
        return Onward(
            location=f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state'], 'iss': self.issuer})}"
        )


def _grant_refused() -> ServiceProblem:
    return ServiceProblem(400, "about:blank", "Bad Request", extra={"error": "invalid_grant"})


class FakeProvider(ProviderClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://identity.invalid")
        self.world = world
        self.provided = world.of(Provided)

    async def exchange(self, code: str, verifier: str, redirect_uri: str, *, secret: str) -> ProviderTokens:
        self.world.asked("identity", "exchange")
        assert secret == "known to both"
        email, asked = self.provided.codes.pop(code, ("", {}))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if asked.get("code_challenge") != challenge or asked["redirect_uri"] != redirect_uri:
            raise _grant_refused()
        self.provided.verified_with.append(verifier)
        tokens = self._tokens(email)
        half = hashlib.sha256(tokens.access_token.encode()).digest()[:16]
        claims = {
            "iss": self.provided.issuer,
            "aud": SITE_ID,
            "sub": self.world.accounts[email].id,
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
            **self.provided.claims,
        }
        id_token = jwt.encode({"alg": "RS256", "kid": KEY.kid}, claims, KEY)
        return tokens.model_copy(update={"id_token": id_token})

    def _tokens(self, email: str) -> ProviderTokens:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.world.access[access] = email
        self.world.refresh[refresh] = email
        return ProviderTokens(access_token=access, refresh_token=refresh, expires_in=self.world.access_lasts)

    async def refresh(self, refresh_token: str, *, secret: str) -> ProviderTokens:
        self.world.asked("identity", "refresh")
        self.world.used_refresh.append(refresh_token)
        email = self.world.refresh.pop(refresh_token, None)
        if email is None:
            raise _grant_refused()
        return self._tokens(email)

    async def revoke(self, refresh_token: str, *, secret: str) -> None:
        self.world.asked("identity", "sign_out")
        self.world.revoked.append(refresh_token)


NEIGHBOUR = (ProviderClient, FakeProvider)


def keys() -> dict[str, object]:
    """The provider's public keys."""
    return dict(KeySet([KEY]).as_dict(private=False))


class WithProvider:
    """The site with the provider's page for browsers beside it, as one address shows both to the world."""

    def __init__(self, site: ASGIApp, provided: Provided) -> None:
        self._site = site
        self._provided = provided

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/oauth/authorize":
            await self._site(scope, receive, send)
            return
        asked = dict(Request(scope).query_params)
        assert asked["code_challenge_method"] == "S256"
        prefix = "/en" if asked.get("ui_locales") == "en" else ""
        where = f"{prefix}/connexion?demande={self._provided.keep(asked)}"
        await RedirectResponse(where, 303)(scope, receive, send)
