"""What clients find out by themselves (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from services.identity.provider.clients import PERSONAL
from services.identity.provider.grants import GRANT_TYPES, METHODS
from services.identity.tokens import ID_TOKEN_ALGORITHM

KEYS_PATH = "/api/identity/.well-known/jwks.json"
LANGUAGES = ("fr", "en")
"""Of the pages people see."""


def metadata(issuer: str) -> dict[str, str | bool | list[str]]:
    """The document, for an issuer that is the address of the site."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "jwks_uri": issuer + KEYS_PATH,
        "scopes_supported": list(PERSONAL),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ID_TOKEN_ALGORITHM],
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "email", "email_verified",
        ],
        "ui_locales_supported": list(LANGUAGES),
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }  # fmt: skip
