"""The grants of the provider, on Authlib's classes: what is kept and given is our commands' to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey
from sqlalchemy.util import await_only

from services.identity.commands import authorizations, keys, sign_ins
from services.identity.commands.authorizations import Asked
from services.identity.provider.claims import of_person
from services.identity.provider.clients import CODE, ITSELF, OFFLINE, REFRESH, RegisteredClient
from services.identity.provider.exchange import ProviderRequest
from services.identity.tables import Account, AuthorizationCode, SignIn, SigningKey
from services.identity.tokens import ID_TOKEN_ALGORITHM, Tokens, client_token

if TYPE_CHECKING:
    from services.identity.provider.server import Provider

METHODS = ["client_secret_basic", "client_secret_post", "none"]
"""How a client shows at our endpoints who it is; each has one of the first two, or none."""


_imported: dict[str, RSAKey] = {}


def signing_key_of(key: SigningKey) -> RSAKey:
    """What signs ID tokens. Reading it anew would take a tenth of a second, in which it is checked."""
    known = _imported.get(key.kid)
    if known is None:
        _imported.clear()
        known = _imported[key.kid] = RSAKey.import_key(key.rsa_private_jwk or {})
    return known


class Code:
    """A code as Authlib asks it questions."""

    def __init__(self, account: Account, row: AuthorizationCode) -> None:
        self.account, self.row = account, row
        self.code_challenge = row.challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return self.row.redirect_uri

    def get_scope(self) -> str:
        """What it is for."""
        return self.row.scope

    def get_nonce(self) -> str | None:
        """What the client put into its request, to find it in the ID token."""
        return self.row.nonce

    def get_auth_time(self) -> int:
        """When the person showed who they are, in seconds since 1970."""
        return int(self.row.authenticated_at.timestamp())

    def get_acr(self) -> None:
        """Not said."""
        return

    def get_amr(self) -> None:
        """Not said."""
        return


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Authorization code."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: Provider

    @staticmethod
    def validate_authorization_redirect_uri(request: ProviderRequest, client: RegisteredClient) -> str:
        """The address the code is sent to. Raises InvalidRequestError unless it is registered."""
        wanted: str | None = request.payload.redirect_uri
        # Authlib's own error repeats the address, which may hold anything.
        if not wanted or not client.check_redirect_uri(wanted):
            raise InvalidRequestError("The redirect_uri is not one that the client registered.")
        return wanted

    def save_authorization_code(self, code: str, request: ProviderRequest) -> None:
        """Keep it, for the person who is signing in."""
        payload = request.payload
        asked = Asked(
            request.client.id,
            payload.redirect_uri,
            request.scope,
            payload.data.get("nonce"),
            payload.data["code_challenge"],
        )
        person: Account = request.user
        await_only(
            authorizations.issue_code(
                self.server.session, code, person.id, asked, authenticated_at=self.server.authenticated_at
            )
        )

    def query_authorization_code(self, code: str, client: RegisteredClient) -> Code | None:
        """The code, used up by it."""
        found = await_only(authorizations.redeem(self.server.session, code, client.id))
        return Code(*found) if found is not None else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It stays, so that it is noticed when it is shown again."""

    def authenticate_user(self, authorization_code: Code) -> Account:
        """Whose it is."""
        return authorization_code.account

    def generate_token(self, *, user: Account, include_refresh_token: bool, **_: Any) -> dict[str, Any]:
        """Begin the sign-in that the client is lent."""
        code: Code = self.request.authorization_code
        lasting = include_refresh_token and OFFLINE in code.row.scope.split()
        begun = sign_ins.lend(self.server.session, user, code.row, life=self.server.token_life, lasting=lasting)
        return token_answer(await_only(begun))


class Pkce(CodeChallenge):  # type: ignore[misc]
    """PKCE (RFC 7636) with S256, asked of every client (RFC 9700, 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Raises InvalidRequestError without one."""
        given = grant.request.payload.data
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a code_challenge, with the code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]
    """The ID token beside the tokens for a code."""

    def __init__(self, issuer: str, key: SigningKey, life: timedelta) -> None:
        super().__init__(require_nonce=False)
        self._issuer, self._key, self._life = issuer, key, life

    def exists_nonce(self, nonce: str, request: ProviderRequest) -> bool:
        """Whether it was used is for the client to find out, who compares it with its browser's."""
        return False

    def resolve_client_private_key(self, client: RegisteredClient) -> RSAKey:
        """What signs now."""
        return signing_key_of(self._key)

    def get_client_algorithm(self, client: RegisteredClient) -> str:
        """One for all."""
        return ID_TOKEN_ALGORITHM

    def get_encode_header(self, client: RegisteredClient) -> dict[str, str]:
        """Says that it is no access token (RFC 9068, 4)."""
        return {"alg": ID_TOKEN_ALGORITHM, "kid": str(signing_key_of(self._key).kid), "typ": "JWT"}

    def get_client_claims(self, client: RegisteredClient) -> dict[str, Any]:
        """Who says it, to whom, for how long."""
        now = datetime.now(UTC)
        return {
            "iss": self._issuer,
            "aud": client.id,
            "iat": int(now.timestamp()),
            "exp": int((now + self._life).timestamp()),
        }

    def generate_user_info(self, user: Account, scope: str) -> dict[str, object]:
        """What the scope opens."""
        return of_person(user, scope)


class Refreshing:
    """A sign-in as Authlib asks it questions, by its refresh token."""

    def __init__(self, secret: str, row: SignIn) -> None:
        self.secret, self.row = secret, row

    def check_client(self, client: RegisteredClient) -> bool:
        """Whether it was lent to the client, or may be."""
        return client.holder.may_use(self.row)

    def get_scope(self) -> str | None:
        """What it was lent for."""
        return self.row.scope


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh token; rotation and the end of the family are `sign_ins.prolong`'s, as for the JSON way in."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: Provider

    def authenticate_refresh_token(self, refresh_token: str) -> Refreshing | None:
        """What it belongs to; whether it is good is found out under the lock."""
        row = await_only(sign_ins.lent(self.server.session, refresh_token))
        return Refreshing(refresh_token, row) if row is not None else None

    def authenticate_user(self, refresh_token: Refreshing) -> Refreshing:
        """Found out under the lock, too."""
        return refresh_token

    def issue_token(self, user: Refreshing, refresh_token: Refreshing) -> dict[str, Any]:
        """New tokens. Raises InvalidGrantError when it is used up, which ends the sign-in."""
        client: RegisteredClient = self.request.client
        prolonged = sign_ins.prolong(
            self.server.session,
            refresh_token.secret,
            life=self.server.token_life,
            by=client.holder,
            scope=self.request.payload.scope,
        )
        tokens = await_only(prolonged)
        if tokens is None:
            raise InvalidGrantError("The refresh token is not valid any more.")
        return token_answer(tokens)

    def revoke_old_credential(self, refresh_token: Refreshing) -> None:
        """Used up already."""


class ItselfGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """Client credentials: a token behind which there is no person."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS[:2]
    server: Provider

    def generate_token(self, *, scope: str | None = None, **_: Any) -> dict[str, Any]:
        """Of what it was granted: all of it, or what it asks for. Raises InvalidScopeError for more."""
        client: RegisteredClient = self.request.client
        given = scope or " ".join(one for one in client.scopes if one not in client.personal)
        if not client.may_have(given) or set(given.split()) & client.personal:
            raise InvalidScopeError
        key = await_only(keys.active(self.server.session))
        life = self.server.token_life
        signed = client_token(key, client.id, given, now=datetime.now(UTC), life=life)
        return {
            "access_token": signed,
            "token_type": "Bearer",
            "expires_in": int(life.total_seconds()),
            "scope": given,
        }


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009, for refresh tokens: the sign-in they belong to ends. Access tokens live five minutes."""

    CLIENT_AUTH_METHODS = METHODS
    SUPPORTED_TOKEN_TYPES = ("refresh_token",)
    server: Provider

    def check_params(self, request: ProviderRequest, client: RegisteredClient) -> None:
        """Raises InvalidRequestError without a token."""
        # What the hint says is not looked at: there is one kind (section 2.1 lets the server find out by itself).
        if "token" not in request.form:
            raise InvalidRequestError("Missing 'token' in request.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Refreshing | None:
        """What it belongs to."""
        row = await_only(sign_ins.lent(self.server.session, token_string))
        return Refreshing(token_string, row) if row is not None else None

    def revoke_token(self, token: Refreshing, request: ProviderRequest) -> None:
        """End it."""
        await_only(sign_ins.end(self.server.session, token.secret, by=request.client.holder))


def token_answer(tokens: Tokens) -> dict[str, Any]:
    """The answer that hands a person's tokens to a client."""
    answer: dict[str, Any] = {
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "scope": tokens.scope or "",
    }
    return answer | ({"refresh_token": tokens.refresh_token} if tokens.refresh_token else {})


GRANT_TYPES = (CODE, REFRESH, ITSELF)
