"""The other provider: where a browser is sent, and whom it vouches for when the browser comes back."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from services.identity import naming
from services.identity.federation_tables import Departure
from services.identity.outside import id_token
from services.identity.outside.asking import ProviderAway, Said, ask
from services.identity.outside.discovery import Discovery, Metadata
from services.identity.outside.id_token import NotVouched
from services.identity.outside.keys import KnownKeys
from shared.clients.provider import OUTSIDE_RETURN
from shared.runtime.resources import Resources

SCOPE = "openid profile email"
PATIENCE = 1.5
"""Seconds the pages that show the button wait to learn whether it leads anywhere."""
LOOKED_AT = 60.0
"""Seconds what they say may be old."""
_OWN = "outside provider"
_NAMES = ("name", "preferred_username", "nickname", "given_name")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for. Issuer and subject say who it is; all else is what it tells of them."""

    issuer: str
    subject: str
    authenticated_at: datetime
    email: str | None = None
    """In normal form."""
    email_verified: bool = False
    """The provider says, by nothing less than ``true``, that the address is theirs."""
    display_name: str = ""
    """In normal form; may be empty."""


@dataclass(frozen=True)
class Secrets:
    """What a departure is known by: ``state`` comes back, the others do not leave the server but for the provider."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class OutsideProvider:
    """One provider, for the life of a process."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, name: str) -> None:
        self.issuer = issuer
        self.host = urlsplit(issuer).hostname or issuer
        self.name = name or self.host
        self.discovery = Discovery(issuer)
        self._client_id = client_id
        self._client_secret = client_secret
        self._keys = KnownKeys()

    async def is_away(self) -> bool:
        """Whether nobody can be sent there now, as far as can be found out without keeping a page waiting."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.discovery.metadata(newer_than=LOOKED_AT)
        except (ProviderAway, TimeoutError):
            return True
        return self.discovery.trouble is not None

    async def address_for(self, secrets: Secrets, *, site_url: str, language: str, again: bool) -> str:
        """Where the browser goes. ``again`` has the person show anew who they are. Raises ProviderAway."""
        there = await self.discovery.metadata()
        address: str = prepare_grant_uri(
            there.authorization_endpoint,
            self._client_id,
            "code",
            redirect_uri=site_url + OUTSIDE_RETURN,
            scope=SCOPE,
            state=secrets.state,
            nonce=secrets.nonce,
            code_challenge=create_s256_code_challenge(secrets.verifier),
            code_challenge_method="S256",
            ui_locales=language,
            **({"prompt": "login", "max_age": "0"} if again else {}),
        )
        return address

    async def check_issuer(self, told: str | None) -> None:
        """Raises NotVouched for the answer of another provider (RFC 9207), ProviderAway."""
        there = await self.discovery.metadata()
        if told != self.issuer and (told is not None or there.names_itself):
            raise NotVouched("somebody else answered")

    async def vouch(self, code: str, departure: Departure, *, site_url: str) -> Vouched:
        """Whom a code vouches for. Raises NotVouched, ProviderAway."""
        if departure.issuer != self.issuer:
            raise NotVouched("it was begun with another provider")
        there = await self.discovery.metadata()
        tokens = await self._exchange(there, code, departure.verifier, site_url + OUTSIDE_RETURN)
        token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str) or not isinstance(access_token, str):
            raise NotVouched("there is no ID token in the answer")
        claims = id_token.check(
            token,
            await self._keys.fitting(there.jwks_uri, _kid(token)),
            issuer=self.issuer,
            client_id=self._client_id,
            nonce=departure.nonce,
            access_token=access_token,
            algorithms=there.algorithms,
        )
        told = dict(claims)
        if there.userinfo_endpoint is not None and not ("email" in told and any(name in told for name in _NAMES)):
            info = await self._userinfo(there, there.userinfo_endpoint, access_token)
            if info.get("sub") != claims["sub"]:
                # OpenID Connect Core, 5.3.2: somebody else's claims are not theirs.
                raise NotVouched("userinfo is about somebody else")
            told = {**info, **told}
        return self._vouched(told)

    async def _exchange(self, there: Metadata, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if "client_secret_basic" in there.proving or "client_secret_post" not in there.proving:
            # RFC 6749, 2.3.1: each is encoded as in a form before both are joined.
            pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        said = await ask("POST", there.token_endpoint, form=form, headers=headers)
        answer = said.json()
        if said.status == 200:
            return answer
        error = str(answer.get("error", ""))[:100]
        if error == "invalid_grant":
            raise NotVouched("the code is good for nothing")
        log.error("the other provider gives us no token: look at OIDC_CLIENT_ID and OIDC_CLIENT_SECRET", error=error)
        raise ProviderAway(f"it answers {said.status} {error} to the question for a token")

    async def _userinfo(self, there: Metadata, address: str, access_token: str) -> Mapping[str, Any]:
        said = await ask("GET", address, headers={"Authorization": f"Bearer {access_token}"})
        if said.status != 200:
            raise ProviderAway(f"it answers {said.status} to the question for userinfo")
        return await self._signed(there, said) if said.media_type == "application/jwt" else said.json()

    async def _signed(self, there: Metadata, said: Said) -> Mapping[str, Any]:
        """Userinfo as a signed token (OpenID Connect Core, 5.3.2), as FranceConnect sends it."""
        token = said.body.decode(errors="replace")
        keys = await self._keys.fitting(there.jwks_uri, _kid(token))
        return id_token.signed(
            token, keys, issuer=self.issuer, client_id=self._client_id, algorithms=id_token.ALGORITHMS
        )

    def _vouched(self, told: Mapping[str, Any]) -> Vouched:
        email = _normal(naming.normal_email, told.get("email"))
        return Vouched(
            issuer=self.issuer,
            subject=str(told["sub"]),
            authenticated_at=_instant(told.get("auth_time")),
            email=email or None,
            # "true", 1 and the like are no promise.
            email_verified=bool(email) and told.get("email_verified") is True,
            display_name=next(filter(None, (_normal(naming.normal_name, told.get(name)) for name in _NAMES)), ""),
        )


def outside_provider(resources: Resources) -> OutsideProvider | None:
    """The one this process knows; None when people come in by password alone."""
    settings = resources.settings
    if settings.oidc_issuer is None:
        return None
    found = resources.own.get(_OWN)
    if not isinstance(found, OutsideProvider):
        secret = settings.oidc_client_secret
        found = resources.own[_OWN] = OutsideProvider(
            settings.oidc_issuer,
            settings.oidc_client_id or "",
            secret.get_secret_value() if secret is not None else "",
            settings.oidc_name.strip(),
        )
    return found


def _kid(token: str) -> str | None:
    kid = id_token.header_of(token).get("kid")
    return kid if isinstance(kid, str) else None


def _normal(normal: Any, told: object) -> str:
    """A text as it is kept; empty for what is none, or cannot be kept."""
    if not isinstance(told, str) or len(told) > 1000:
        return ""
    try:
        found: str = normal(told)
    except ValueError:
        return ""
    return found


def _instant(seconds: object) -> datetime:
    """When they showed who they are: now, unless the provider says that it was earlier."""
    now = datetime.now(UTC)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return now
    try:
        return min(now, datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return now
