"""The site as a client of the OpenID provider: how a sign-in begins, and how it comes back.

What must not reach the browser (the verifier, the tokens) stays in the site's database. The browser holds a random
value of its own, so that nobody can finish in one browser what was begun in another: neither a stranger's code in
somebody's browser, nor somebody's code in a stranger's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete, select
from sqlmodel import col

from services.web import clock
from services.web.language import current
from services.web.sessions import Transaction
from services.web.tables import PendingSignIn
from shared.clients.base import ServiceProblem
from shared.clients.identity import IdentityClient
from shared.clients.provider import OUTSIDE_HINT, SITE_ID, SITE_RETURNS, SITE_SCOPE, ProviderClient, ProviderTokens

LIFE = timedelta(hours=1)
"""How long a sign-in that was begun waits to come back: the provider asks to begin again long before."""
ID_TOKEN_ALGORITHM = "RS256"  # noqa: S105
LEEWAY = 5
"""Seconds two clocks may differ."""

log = structlog.get_logger(__name__)


class NotFinished(Exception):
    """The browser came back with nothing that signs anybody in; the text says why, without secrets."""


@dataclass(frozen=True)
class Finished:
    """Somebody signed in."""

    tokens: ProviderTokens
    person: str
    following: str


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _unpadded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class SigningIn:
    """Begins and finishes sign-ins."""

    def __init__(
        self,
        transaction: Transaction,
        identity: Callable[[], IdentityClient],
        provider: Callable[[], ProviderClient],
        *,
        issuer: str,
        secret: str,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """``issuer`` is the address of the site, ``secret`` what it proves to identity that it is the site with."""
        self._transaction = transaction
        self._identity = identity
        self._provider = provider
        self._issuer = issuer
        self._secret = secret
        self._now = now

    async def begin(self, browser: str, following: str, *, outside: bool = False, again: bool = False) -> str:
        """The path to send the browser to, which holds ``browser`` in a cookie; ``following`` is where it goes on.

        ``outside`` leads to the other provider at once, ``again`` has the person show anew who they are.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        redirect_uri = self._issuer + SITE_RETURNS[current()]
        now = self._now()
        async with self._transaction() as session:
            await session.execute(delete(PendingSignIn).where(col(PendingSignIn.expires_at) <= now))
            session.add(
                PendingSignIn(
                    key=_digest(state),
                    browser=_digest(browser),
                    verifier=verifier,
                    nonce=nonce,
                    redirect_uri=redirect_uri,
                    following=following,
                    expires_at=now + LIFE,
                )
            )
        asked = {
            "response_type": "code",
            "client_id": SITE_ID,
            "redirect_uri": redirect_uri,
            "scope": SITE_SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": _unpadded(_digest(verifier)),
            "code_challenge_method": "S256",
            "ui_locales": current(),
        }
        if outside:
            asked[OUTSIDE_HINT] = "1"
        if again:
            asked["prompt"] = "login"
        # On whatever host the browser reached the site.
        return f"/oauth/authorize?{urlencode(asked)}"

    def on_this_host(self, location: str) -> str:
        """Where the provider sends the browser, without the site's address if it is there."""
        return location.removeprefix(self._issuer) if location.startswith(f"{self._issuer}/") else location

    async def following(self, browser: str, state: str | None) -> str:
        """Where a sign-in under way goes on."""
        wanted = (col(PendingSignIn.key) == _digest(state or ""), col(PendingSignIn.browser) == _digest(browser))
        async with self._transaction() as session:
            found = await session.execute(select(PendingSignIn.following).where(*wanted))  # type: ignore[call-overload]
            return str(found.scalar_one_or_none() or "")

    async def finish(self, browser: str, answer: Mapping[str, str]) -> Finished:
        """Exchange the code the browser came back with. Raises NotFinished, and ServiceDown or ServiceProblem."""
        pending = await self._take(browser, answer.get("state", ""))
        if answer.get("iss") != self._issuer:
            # Another provider's answer (RFC 9207): its code must not be shown to ours, nor ours to it.
            raise NotFinished("somebody else answered")
        if answer.get("error") or not answer.get("code"):
            raise NotFinished(f"the provider says: {answer.get('error') or 'nothing'}")
        try:
            tokens = await self._provider().exchange(
                answer["code"], pending.verifier, pending.redirect_uri, secret=self._secret
            )
        except ServiceProblem as problem:
            if problem.extra.get("error") != "invalid_grant":
                raise
            raise NotFinished("the code is good for nothing") from problem
        person = check_id_token(tokens, await self._identity().jwks(), issuer=self._issuer, nonce=pending.nonce)
        return Finished(tokens, person, pending.following)

    async def _take(self, browser: str, state: str) -> PendingSignIn:
        """What was begun, which cannot be finished once more. Raises NotFinished unless it was in this browser."""
        async with self._transaction() as session:
            gone = delete(PendingSignIn).where(col(PendingSignIn.key) == _digest(state)).returning(PendingSignIn)
            pending: PendingSignIn | None = (await session.execute(gone)).scalar_one_or_none()
        if pending is None or pending.expires_at <= self._now():
            raise NotFinished("nobody began it, or too long ago")
        if not browser or not hmac.compare_digest(pending.browser, _digest(browser)):
            raise NotFinished("it was begun in another browser")
        return pending


def check_id_token(tokens: ProviderTokens, keys: Mapping[str, Any], *, issuer: str, nonce: str) -> str:
    """Whom an ID token vouches for (OpenID Connect Core, 3.1.3.7). Raises NotFinished."""
    try:
        decoded = jwt.decode(tokens.id_token, KeySet.import_key_set(keys), algorithms=[ID_TOKEN_ALGORITHM])  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "values": [SITE_ID]},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
            at_hash={"essential": True, "value": _unpadded(_digest(tokens.access_token)[:16])},
        ).validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        log.warning("an ID token is not accepted", why=str(error) or type(error).__name__)
        raise NotFinished("the ID token is not accepted") from error
    return str(decoded.claims["sub"])
