"""Client of identity's OpenID provider, as the site is one: what is exchanged from server to server."""

from __future__ import annotations

import base64

from shared.clients.base import ServiceClient
from shared.clients.identity import SignedIn

SITE_ID = "demain-site"
"""Under which name the site is a client; identity knows it without being told."""
SITE_RETURNS = {"fr": "/connexion/retour", "en": "/en/connexion/retour"}
"""Where the site takes people back, below its address, by language."""
OUTSIDE_RETURN = "/connexion/ailleurs/retour"
"""Where another provider sends people back, below the site's address: what it registers for us."""
OUTSIDE_HINT = "idp_hint"
"""Parameter of the site's authorization request, not empty when the person chose to come in through that provider."""
SITE_SCOPE = "openid profile email offline_access demain"
"""All the site may ask for: ``demain`` is for tokens that may do at our services whatever the person may."""


class ProviderTokens(SignedIn):
    """Tokens for a code or a refresh token; the site's scope has all of them given."""

    refresh_token: str = ""
    id_token: str = ""


class ProviderClient(ServiceClient):
    """Speaks to ``/oauth``. What fails is a ServiceProblem whose ``extra["error"]`` is as RFC 6749 says."""

    service = "identity"

    async def exchange(self, code: str, verifier: str, redirect_uri: str, *, secret: str) -> ProviderTokens:
        """Tokens for a code. Raises ServiceProblem 400 (``invalid_grant``) when it is good for nothing."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        return await self.send(ProviderTokens, "POST", "/oauth/token", form=form, headers=_proving(secret))

    async def refresh(self, refresh_token: str, *, secret: str) -> ProviderTokens:
        """New tokens for a refresh token, used up by it. Raises ServiceProblem 400 (``invalid_grant``)."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.send(ProviderTokens, "POST", "/oauth/token", form=form, headers=_proving(secret))

    async def revoke(self, refresh_token: str, *, secret: str) -> None:
        """End the sign-in a refresh token belongs to; unknown tokens are fine."""
        await self.call("POST", "/oauth/revoke", form={"token": refresh_token}, headers=_proving(secret))


def _proving(secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{SITE_ID}:{secret}".encode()).decode()}
