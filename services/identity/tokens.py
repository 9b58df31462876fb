"""The kinds of token: access tokens, signed and short-lived; refresh tokens and those in links of mails, random and
kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey

from services.identity.tables import SigningKey
from shared.auth.principal import Role
from shared.auth.tokens import ALGORITHM, AUDIENCE, ISSUER
from shared.storage.identifiers import new_id

SIGN_IN_LIFE = timedelta(days=30)
"""How long a refresh token waits to be used; each use begins it anew."""


@dataclass(frozen=True)
class Tokens:
    """What somebody gets who signed in, or stays so."""

    access_token: str = field(repr=False)
    expires_in: int
    """Seconds the access token lives."""
    refresh_token: str = field(repr=False)


def new_key() -> ECKey:
    """A new signing key; its id is its thumbprint (RFC 7638)."""
    return ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM}, auto_kid=True)


def access_token(key: SigningKey, person: UUID, roles: Iterable[Role], *, now: datetime, life: timedelta) -> str:
    """A signed access token (RFC 9068). Raises ValueError for a key whose private half is gone."""
    if key.private_jwk is None:
        raise ValueError(f"key {key.kid} is {key.state} and cannot sign")
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(person),
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "jti": str(new_id()),
        "roles": [str(role) for role in roles],
    }
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}
    return jwt.encode(header, claims, ECKey.import_key(key.private_jwk), algorithms=[ALGORITHM])


def new_secret() -> str:
    """256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()
