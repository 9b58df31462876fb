"""Another OpenID provider, small and obedient: it says whatever a test wants it to say."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.runtime.servers import Serving, listen

CLIENT_ID, SECRET = "forum", "un secret: très/secret"
RSA = RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True)
EC = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"}, auto_kid=True)
Key = RSAKey | ECKey


@dataclass
class Other:
    """The provider, and what it is told to say."""

    issuer: str = ""
    keys: list[Key] = field(default_factory=lambda: [RSA])
    signs: Key = field(default_factory=lambda: RSA)
    algorithm: str = "RS256"
    metadata: dict[str, Any] = field(default_factory=dict)
    """What its discovery document says otherwise; None leaves something out."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What ID tokens say otherwise; None leaves something out."""
    info: dict[str, Any] | Response = field(default_factory=dict)
    """What userinfo says otherwise."""
    answer: dict[str, Any] | None = None
    """What the token endpoint answers, instead of tokens."""
    token: str | None = None
    """The ID token, as it is."""
    down: bool = False
    asked: list[str] = field(default_factory=list)
    """Paths."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "personne-1"})

    # A browser there

    def approve(self, address: str, **person: Any) -> dict[str, str]:
        """Somebody signs in there; what the browser brings back."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        asked = dict(parse_qsl(parts.query))
        assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        if person:
            self.person = person
        return {"state": asked["state"], "code": code} | ({"iss": self.issuer} if self._names_itself else {})

    @property
    def _names_itself(self) -> bool:
        return bool(self._document().get("authorization_response_iss_parameter_supported"))

    # What it answers

    def _document(self) -> dict[str, Any]:
        usual: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in (usual | self.metadata).items() if value is not None}

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
            **self.person,
        }
        told = {name: value for name, value in (usual | self.claims).items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": self.signs.kid}, told, self.signs)

    async def __call__(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        if self.down:
            return Response(status_code=503)
        match path:
            case "/.well-known/openid-configuration":
                return JSONResponse(self._document())
            case "/keys":
                return JSONResponse(dict(KeySet(list(self.keys)).as_dict(private=False)))
            case "/userinfo":
                assert request.headers["authorization"].startswith("Bearer ")
                return self.info if isinstance(self.info, Response) else JSONResponse({**self.person, **self.info})
            case "/token":
                return await self._exchange(request)
        return Response(status_code=404)

    async def _exchange(self, request: Request) -> Response:
        form = dict(await request.form())
        pair = base64.b64decode(request.headers.get("authorization", "Basic ").split(" ")[1]).decode()
        if [unquote(one) for one in pair.split(":")] != [CLIENT_ID, SECRET]:
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if self.answer is not None:
            return JSONResponse(self.answer)
        access = secrets.token_urlsafe(8)
        token = self.token if self.token is not None else self.id_token(asked, access)
        return JSONResponse({"access_token": access, "token_type": "Bearer", "id_token": token})


@asynccontextmanager
async def serving_other() -> AsyncIterator[Other]:
    """The provider on a socket."""
    other = Other()
    routes = [Route("/{path:path}", other.__call__, methods=["GET", "POST"])]
    serving = Serving(Starlette(routes=routes), listen("127.0.0.1", 0), deadline=5)
    other.issuer = f"http://127.0.0.1:{serving.port}"
    await serving.start()
    try:
        yield other
    finally:
        await serving.stop()
