"""What the other provider says of itself (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.identity.outside.asking import ProviderAway, ask

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT = 3600.0
"""Seconds after which it is asked again."""
NOT_SOONER_THAN = 2.0
"""Seconds between two questions, however many people wait for the answer."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

log = structlog.get_logger(__name__)


class Metadata(BaseModel):
    """What of the document we use."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    algorithms: frozenset[str] = Field(
        default=frozenset({"RS256"}), validation_alias="id_token_signing_alg_values_supported"
    )
    proving: frozenset[str] = Field(
        default=frozenset({"client_secret_basic"}), validation_alias="token_endpoint_auth_methods_supported"
    )
    names_itself: bool = Field(default=False, validation_alias="authorization_response_iss_parameter_supported")
    """Whether its answers say whose they are (RFC 9207)."""


def read(document: object, issuer: str) -> Metadata:
    """The document of an issuer. Raises ProviderAway for one of another issuer, or that cannot be used."""
    try:
        found = Metadata.model_validate(document)
    except ValidationError as error:
        missing = ", ".join(sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})) or "everything"
        raise ProviderAway(f"its discovery document lacks or misspells: {missing}") from None
    if found.issuer != issuer:
        # Character by character (Discovery, 4.3): else one provider could speak for another.
        raise ProviderAway(f"its discovery document is that of {found.issuer[:200]!r}: set OIDC_ISSUER to its issuer")
    secure = urlsplit(issuer).scheme == "https"
    for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint):
        if address is not None and not _may_be_asked(address, secure):
            raise ProviderAway(f"it would have us ask {address[:200]!r}, which is no https:// address")
    return found


def _may_be_asked(address: str, secure: bool) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (not secure and parts.scheme == "http" and host in LOOPBACK))


class Discovery:
    """The document of one issuer: asked for when it is needed, kept an hour, and longer while nobody answers."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._known: Metadata | None = None
        self._known_at = self._asked_at = float("-inf")
        self._why = ""
        self._asking = asyncio.Lock()

    async def metadata(self, *, newer_than: float = KEPT) -> Metadata:
        """What it says, no older than so many seconds if it answers. Raises ProviderAway when nothing is known."""
        async with self._asking:
            now = time.monotonic()
            if now - self._known_at > newer_than and now - self._asked_at > NOT_SOONER_THAN:
                await self._ask()
        if self._known is None:
            raise ProviderAway(self._why)
        return self._known

    @property
    def trouble(self) -> str | None:
        """Why it could not be asked the last time; None if it could, or was not asked yet."""
        return self._why or None

    async def _ask(self) -> None:
        try:
            said = await ask("GET", self.issuer.rstrip("/") + WELL_KNOWN)
            if said.status != 200:
                raise ProviderAway(f"it answers {said.status} to the question for its discovery document")
            self._known = read(said.json(), self.issuer)
        except ProviderAway as error:
            self._why = str(error)
            log.warning("the other provider cannot be discovered", why=self._why)
        except asyncio.CancelledError:
            self._why = "it takes too long to answer"
            raise
        else:
            self._known_at, self._why = time.monotonic(), ""
        finally:
            self._asked_at = time.monotonic()
