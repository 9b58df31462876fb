"""Verification of access tokens: signed JWTs (RFC 9068), checked locally against identity's public keys.

Only ES256 is accepted, whatever a token's header says, so that neither ``none`` nor a public key used as an
HMAC secret passes (RFC 8725). Three things keep other tokens of the same keys out: their kind (an ID token is no access
token), their issuer, and their audience (what a client was granted for less, or for itself, is for somebody else).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.auth.principal import Principal, Role
from shared.clients.base import ServiceDown, ServiceProblem

ALGORITHM = "ES256"
ISSUER = "demain-identity"
AUDIENCE = "demain"
"""Whom a person's token is for that says everything they may do: our services."""
USERINFO_AUDIENCE = "demain-userinfo"
"""Whom a person's token is for that lets a client learn who they are, and no more."""
CLIENT_AUDIENCE = "demain-clients"
"""Whom a client's own token is for, behind which there is no person."""
KINDS = frozenset({"at+jwt", "application/at+jwt"})
"""What the header calls an access token (RFC 9068): an ID token signed with the same key is none."""
LEEWAY = 5
"""Seconds two clocks may differ."""
REFRESH_EVERY = 300.0
"""Seconds after which the keys are asked for again."""
NOT_SOONER_THAN = 2.0
"""Seconds between two questions for keys, however many unknown ones are shown to us."""

REMEMBERED = 1000
"""Tokens whose signature is known to be right."""

FetchKeys = Callable[[], Awaitable[Mapping[str, Any]]]

log = structlog.get_logger()


class InvalidToken(Exception):
    """The token does not prove anything; the text says why, without the token."""


class KeysUnavailable(Exception):
    """Identity's public keys could not be fetched, and none are known yet."""


class TokenVerifier:
    """Verifies access tokens. Keeps the last known keys while identity is away."""

    def __init__(self, fetch_keys: FetchKeys) -> None:
        self._fetch_keys = fetch_keys
        self._keys: KeySet | None = None
        self._kids: frozenset[str] = frozenset()
        self._proven: dict[str, tuple[str, dict[str, Any]]] = {}
        """By token, those whose signature was right under the keys known now: what it says of time and audience is
        looked at each time."""
        self._fetched_at = self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def verify(self, token: str) -> Principal:
        """Who the bearer is. Raises InvalidToken, or KeysUnavailable when it cannot be known now."""
        claims = await self.claims(token, AUDIENCE)
        try:
            roles = frozenset(Role(role) for role in claims.get("roles", ()) if role in set(Role))
            signed_in = claims.get("auth_time")
            signed_in_at = datetime.fromtimestamp(signed_in, UTC) if signed_in is not None else None
            return Principal(UUID(str(claims["sub"])), roles | {Role.CITIZEN}, signed_in_at)
        except (ValueError, TypeError, OverflowError, OSError) as error:
            raise InvalidToken(str(error) or type(error).__name__) from error

    async def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """What an access token for that audience says. Raises InvalidToken, or KeysUnavailable."""
        proven = self._proven.get(token)
        keys = await self._keys_for(_kid(token) if proven is None else proven[0])
        try:
            # Asking for keys forgets what was proven with those before.
            proven = self._proven.get(token) or self._prove(token, keys)
            claims = proven[1]
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY,
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "values": [audience]},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
            return claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise InvalidToken(str(error) or type(error).__name__) from error

    def _prove(self, token: str, keys: KeySet) -> tuple[str, dict[str, Any]]:
        """Key and claims of a token whose signature and kind are right. It is remembered: one page asks eight times."""
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
        if decoded.header.get("typ") not in KINDS:
            raise InvalidToken("not an access token")
        if len(self._proven) >= REMEMBERED:
            del self._proven[next(iter(self._proven))]
        proven = self._proven[token] = (decoded.header["kid"], decoded.claims)
        return proven

    async def _keys_for(self, kid: str) -> KeySet:
        if not self._must_ask(kid) or (kid in self._kids and self._asking.locked()):
            # One asks for newer keys; the others go on with those that are known, however long the answer takes.
            return self._known(kid)
        async with self._asking:
            # Whoever waited for the lock may find it answered, or asked in vain a moment ago.
            if self._must_ask(kid) and time.monotonic() - self._asked_at > NOT_SOONER_THAN:
                await self._refresh()
        return self._known(kid)

    def _must_ask(self, kid: str) -> bool:
        return kid not in self._kids or time.monotonic() - self._fetched_at > REFRESH_EVERY

    def _known(self, kid: str) -> KeySet:
        if self._keys is None:
            raise KeysUnavailable("identity's signing keys are not known yet")
        if kid not in self._kids:
            raise InvalidToken("signed with a key identity does not know")
        return self._keys

    async def _refresh(self) -> None:
        try:
            answer = await self._fetch_keys()
        except (ServiceDown, ServiceProblem) as error:
            log.warning("signing keys could not be refreshed", why=str(error))
            return
        finally:
            # After the answer: those who waited for one that never came are not to wait for another each.
            self._asked_at = time.monotonic()
        self._keys = KeySet.import_key_set({"keys": answer["keys"]})
        self._proven.clear()
        self._kids = frozenset(key.kid for key in self._keys.keys if key.kid)
        self._fetched_at = time.monotonic()


def _kid(token: str) -> str:
    from joserfc.jws import extract_compact  # noqa: PLC0415  (only for the header; nothing is trusted yet)

    try:
        kid = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, UnicodeError) as error:
        raise InvalidToken("not a signed token") from error
    if not isinstance(kid, str):
        raise InvalidToken("the token names no key")
    return kid
