"""What an ID token of the other provider proves (OpenID Connect Core, 3.1.3.7). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures with a key of which the provider alone has the other half, whatever a token's header says (RFC 8725)."""
LEEWAY = 30
"""Seconds the provider's clock and ours may differ."""
LONGEST_SUBJECT = 255
"""Characters (OpenID Connect Core, 2)."""


class NotVouched(Exception):
    """The other provider's answer proves nothing; the text says why, without secrets."""


def header_of(token: str) -> Mapping[str, Any]:
    """What a token says of its signature; not to be trusted. Raises NotVouched for what is no token."""
    try:
        found: Mapping[str, Any] = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, UnicodeError) as error:
        raise NotVouched("the ID token is no signed token") from error
    return found


def check(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str, algorithms: frozenset[str]
) -> Mapping[str, Any]:
    """The claims of an ID token for us, of that sign-in. Raises NotVouched.

    ``algorithms`` are those the provider announces.
    """
    claims = signed(token, keys, issuer=issuer, client_id=client_id, algorithms=algorithms)
    try:
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(dict(claims))
    except (JoseError, ValueError, TypeError) as error:
        raise NotVouched(f"the ID token is not accepted: {error}") from error
    at_hash = claims.get("at_hash")
    if at_hash is not None and not _is_half_of(at_hash, access_token, str(header_of(token).get("alg"))):
        raise NotVouched("the ID token came with another access token")
    return claims


def signed(token: str, keys: KeySet, *, issuer: str, client_id: str, algorithms: frozenset[str]) -> Mapping[str, Any]:
    """The claims of what the provider signed for us. Raises NotVouched."""
    try:
        claims = jwt.decode(token, keys, algorithms=sorted(ALGORITHMS & algorithms)).claims
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "values": [client_id]},
        ).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotVouched(f"the token is not accepted: {error or type(error).__name__}") from error
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several and party is None) or (party is not None and party != client_id):
        raise NotVouched("the token was given to another client")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise NotVouched("the token says of nobody who they are")
    return claims


def _is_half_of(at_hash: object, access_token: str, algorithm: str) -> bool:
    """Whether it is the left half of the access token's hash (OpenID Connect Core, 3.1.3.6)."""
    # Ed25519 signs with SHA-512; all others end in the number of their bits.
    bits = algorithm[-3:] if algorithm[-3:] in {"256", "384", "512"} else "512"
    digest = hashlib.new(f"sha{bits}", access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    return isinstance(at_hash, str) and hmac.compare_digest(at_hash.encode(), half.encode())
