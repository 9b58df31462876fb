"""The kinds of token: access tokens, signed and short-lived; refresh tokens and those in links of mails, random and
kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from services.identity.tables import SigningKey
from shared.auth.principal import Role
from shared.auth.tokens import ALGORITHM, AUDIENCE, CLIENT_AUDIENCE, ISSUER, USERINFO_AUDIENCE
from shared.storage.identifiers import new_id

SIGN_IN_LIFE = timedelta(days=30)
"""How long a refresh token waits to be used; each use begins it anew."""
ID_TOKEN_ALGORITHM = "RS256"  # noqa: S105
OPENID = "openid"
FULL = "demain"
"""The scope of a token that may do at our services whatever the person may; the site alone is given it."""


@dataclass(frozen=True)
class Tokens:
    """What somebody gets who signed in, or stays so."""

    access_token: str = field(repr=False)
    expires_in: int
    """Seconds the access token lives."""
    refresh_token: str = field(repr=False)
    scope: str | None = None
    """What of a client's scope they are good for; None where there is no client."""


def new_key() -> ECKey:
    """A new signing key; its id is its thumbprint (RFC 7638)."""
    return ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM}, auto_kid=True)


@dataclass(frozen=True)
class Lent:
    """What a client may do for a person."""

    client_id: str
    scope: str


def new_rsa_key() -> RSAKey:
    """A new key for ID tokens; takes some tenths of a second."""
    return RSAKey.generate_key(2048, parameters={"use": "sig", "alg": ID_TOKEN_ALGORITHM}, auto_kid=True)


def access_token(
    key: SigningKey,
    person: UUID,
    roles: Iterable[Role],
    *,
    now: datetime,
    life: timedelta,
    authenticated_at: datetime | None = None,
    lent: Lent | None = None,
) -> str:
    """A signed access token (RFC 9068) of a person; of all they may do, or of what a client was lent.

    ``authenticated_at`` is when they showed who they are. Raises ValueError for a key whose private half is gone.
    """
    scopes = lent.scope.split() if lent else [FULL]
    claims: dict[str, Any] = {"sub": str(person), "auth_time": int((authenticated_at or now).timestamp())}
    # Our services take no token without their audience; so what is lent for less says no roles either.
    audience = [AUDIENCE] if FULL in scopes else []
    if FULL in scopes:
        claims["roles"] = [str(role) for role in roles]
    if lent is not None:
        claims |= {"client_id": lent.client_id, "scope": lent.scope}
        audience += [USERINFO_AUDIENCE] if OPENID in scopes else []
    claims["aud"] = audience[0] if len(audience) == 1 else audience
    return _access_token(key, claims, now, life)


def client_token(key: SigningKey, client_id: str, scope: str, *, now: datetime, life: timedelta) -> str:
    """A signed access token of a client itself, which no route takes for a person's.

    Raises ValueError for a key whose private half is gone.
    """
    claims = {"sub": client_id, "client_id": client_id, "scope": scope, "aud": CLIENT_AUDIENCE}
    return _access_token(key, claims, now, life)


def _access_token(key: SigningKey, told: Mapping[str, Any], now: datetime, life: timedelta) -> str:
    claims = {
        "iss": ISSUER,
        **told,
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "jti": str(new_id()),
    }
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}
    return jwt.encode(header, claims, private_key(key), algorithms=[ALGORITHM])


def private_key(key: SigningKey) -> ECKey:
    """What signs. Raises ValueError for a key whose private half is gone."""
    if key.private_jwk is None:
        raise ValueError(f"key {key.kid} is {key.state} and cannot sign")
    return ECKey.import_key(key.private_jwk)


def new_secret() -> str:
    """256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()
