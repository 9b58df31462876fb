"""Who a client is, what it may ask for, and the site, which is one without being registered."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import ClientMixin
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.commands.sign_ins import Holder
from services.identity.tables import Client
from services.identity.tokens import FULL, OPENID, digest_of
from shared.clients.provider import SITE_ID, SITE_RETURNS, SITE_SCOPE
from shared.runtime.resources import Resources

OFFLINE = "offline_access"
PERSONAL = (OPENID, "profile", "email", OFFLINE)
"""Scopes that others than the site may ask a person for."""
CODE, REFRESH, ITSELF = "authorization_code", "refresh_token", "client_credentials"


@dataclass(frozen=True)
class RegisteredClient(ClientMixin):  # type: ignore[misc]
    """A client as Authlib asks it questions."""

    id: str
    name: str
    secret_digest: bytes | None
    redirect_uris: tuple[str, ...]
    grant_types: frozenset[str]
    scopes: tuple[str, ...]
    is_site: bool = False
    """Part of Demain itself: people give it their password, and are not asked whether it may know who they are."""

    @classmethod
    def of(cls, row: Client) -> RegisteredClient:
        """The client of a row."""
        return cls(
            row.id, row.name, row.secret_digest, tuple(row.redirect_uris), frozenset(row.grant_types), tuple(row.scopes)
        )

    @classmethod
    def site(cls, resources: Resources) -> RegisteredClient:
        """The site, of this process or another one that shares its secret."""
        return cls(
            SITE_ID,
            "Demain",
            digest_of(resources.site_secret),
            tuple(resources.site_url + path for path in SITE_RETURNS.values()),
            frozenset({CODE, REFRESH}),
            tuple(SITE_SCOPE.split()),
            is_site=True,
        )

    @property
    def holder(self) -> Holder:
        """Which sign-ins it may prolong and end: its own; the site also those that no client began."""
        return Holder(self.id, takes_over=" ".join(self.scopes) if self.is_site else None)

    @property
    def personal(self) -> frozenset[str]:
        """Of its scopes those that are about people, of no use to a client by itself."""
        return frozenset(self.scopes) & {*PERSONAL, FULL}

    def may_have(self, scope: str) -> bool:
        """Whether all of a scope was granted to it."""
        return set(scope.split()) <= set(self.scopes)

    # What Authlib asks

    def get_client_id(self) -> str:
        """Its id."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """None: every request says where it leads."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What it is given of what it asks for; None without ``openid``, as this is what people sign in with."""
        given = [one for one in self.scopes if one in (scope or "").split()]
        return " ".join(given) if OPENID in given else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is one of the registered ones, character by character (RFC 9700, 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the one whose digest is kept."""
        return self.secret_digest is not None and hmac.compare_digest(self.secret_digest, digest_of(client_secret))

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """A secret is asked of who has one, everywhere; nothing of who has none."""
        return (method == "none") == (self.secret_digest is None)

    def check_response_type(self, response_type: str) -> bool:
        """Codes are all there is, for who signs people in."""
        return response_type == "code" and CODE in self.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it may use a grant."""
        return grant_type in self.grant_types


async def client_of(resources: Resources, session: AsyncSession, client_id: str) -> RegisteredClient | None:
    """A client by its id."""
    if client_id == SITE_ID:
        return RegisteredClient.site(resources)
    row = await session.get(Client, client_id)
    return RegisteredClient.of(row) if row is not None else None
