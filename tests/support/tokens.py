"""Access tokens signed by a key of the tests' own, as identity would."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.auth.principal import Role
from shared.auth.tokens import ALGORITHM, AUDIENCE, ISSUER, TokenVerifier


class TestIssuer:
    """Signs what a test asks for."""

    __test__ = False

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM}, auto_kid=True)

    async def jwks(self) -> dict[str, Any]:
        """The public keys."""
        return dict(KeySet([self.key]).as_dict(private=False))

    def verifier(self) -> TokenVerifier:
        """A verifier that trusts this issuer."""
        return TokenVerifier(self.jwks)

    def token(self, person: UUID, *roles: Role, **claims: Any) -> str:
        """An access token."""
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(person),
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
            "roles": [str(role) for role in {*roles, Role.CITIZEN}],
            **claims,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid, "typ": "at+jwt"}, body, self.key)

    def bearer(self, person: UUID, *roles: Role) -> dict[str, str]:
        """The header that carries it."""
        return {"Authorization": f"Bearer {self.token(person, *roles)}"}
