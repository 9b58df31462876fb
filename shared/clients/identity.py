"""Client of the identity service."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef, ServiceClient


class SignedIn(Answer):
    """Tokens of somebody who signed in."""

    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105


class Me(Answer):
    """The account of the bearer."""

    id: str
    email: str
    display_name: str
    roles: list[str]
    version: int
    created_at: datetime


class People(Answer):
    """People by id; ids nobody has are missing."""

    items: list[PersonRef]


class IdentityClient(ServiceClient):
    """Speaks to ``/api/identity``."""

    service = "identity"

    async def sign_up(self, email: str, password: str, display_name: str) -> Me:
        """Open an account. Raises ServiceProblem 422 with field errors."""
        body = {"email": email, "password": password, "display_name": display_name}
        return await self.send(Me, "POST", "/api/identity/accounts", json=body)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Raises ServiceProblem 401 when the pair is not right, 429 when tried too often."""
        body = {"email": email, "password": password}
        return await self.send(SignedIn, "POST", "/api/identity/sessions", json=body)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """New tokens for a refresh token, which is used up by it. Raises ServiceProblem 401."""
        return await self.send(
            SignedIn, "POST", "/api/identity/sessions/refresh", json={"refresh_token": refresh_token}
        )

    async def sign_out(self, refresh_token: str) -> None:
        """End the session the refresh token belongs to; unknown tokens are fine."""
        await self.call("POST", "/api/identity/sessions/revoke", json={"refresh_token": refresh_token})

    async def me(self, token: str) -> Me:
        """The bearer's own account."""
        return await self.get(Me, "/api/identity/me", token=token)

    async def people(self, ids: list[str]) -> People:
        """Names of people, at most 100 ids a call."""
        return await self.get(People, "/api/identity/people", params={"id": ids})

    async def jwks(self) -> dict[str, object]:
        """The public signing keys (RFC 7517)."""
        answer: dict[str, object] = await self.call("GET", "/api/identity/.well-known/jwks.json")
        return answer
