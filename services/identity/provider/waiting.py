"""What a client asks for while it waits for the person's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

from services.identity.provider.clients import RegisteredClient
from services.identity.provider.exchange import ProviderRequest
from services.identity.tables import AuthorizationRequest

LONGEST_MAX_AGE = 10**9
"""Seconds; more is as good as any."""


@dataclass(frozen=True)
class Waiting:
    """A kept request and the client it is of."""

    row: AuthorizationRequest
    client: RegisteredClient

    @property
    def request(self) -> ProviderRequest:
        """The request as it came."""
        return ProviderRequest("GET", [(name, value) for name, value in self.row.parameters])

    @property
    def parameters(self) -> Mapping[str, str]:
        """What it says."""
        found: Mapping[str, str] = self.request.payload.data
        return found

    @property
    def scopes(self) -> list[str]:
        """What the client is given of what it asks for."""
        return (self.client.get_allowed_scope(self.parameters.get("scope")) or "").split()

    @property
    def signed_in_since(self) -> datetime | None:
        """The instant after which the person must have shown who they are (``prompt=login``, ``max_age``)."""
        if "login" in self.parameters.get("prompt", "").split():
            return self.row.created_at
        max_age = self.parameters.get("max_age")
        return self.row.created_at - timedelta(seconds=min(int(max_age), LONGEST_MAX_AGE)) if max_age else None


def check_freshness(request: ProviderRequest, grant: Any) -> None:
    """Raises InvalidRequestError for a ``max_age`` that is no number of seconds."""
    max_age = request.payload.data.get("max_age")
    if max_age and not (max_age.isascii() and max_age.isdigit() and len(max_age) < 20):
        raise InvalidRequestError(
            "max_age is a number of seconds.", redirect_uri=grant.redirect_uri, state=request.payload.state
        )
