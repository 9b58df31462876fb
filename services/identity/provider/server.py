"""Authlib's authorization server over our commands, for one request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import unquote

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc9207 import IssuerParameter
from sqlalchemy.util import await_only
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.commands import keys
from services.identity.provider.clients import RegisteredClient, client_of
from services.identity.provider.exchange import Answered, ProviderRequest
from services.identity.provider.grants import CodeGrant, IdToken, ItselfGrant, Pkce, RefreshGrant, Revocation
from services.identity.tables import Account
from shared.runtime.resources import Resources

T = TypeVar("T")


class Issuer(IssuerParameter):  # type: ignore[misc]
    """Says in the answer who answers (RFC 9207), so that a client with several providers is not led astray."""

    def __init__(self, server: Provider) -> None:
        self._issuer = server.issuer
        super().__call__(server)

    def get_issuer(self) -> str:
        """The site's address."""
        return self._issuer


class Provider(AuthorizationServer):  # type: ignore[misc]
    """The provider, for the length of a transaction. Its methods run inside `answering` alone."""

    def __init__(self, resources: Resources, session: AsyncSession) -> None:
        super().__init__()
        self._resources = resources
        self.session = session
        self.issuer = resources.site_url
        self.token_life = timedelta(minutes=resources.settings.access_token_minutes)
        self.authenticated_at = datetime.now(UTC)
        """When the person showed who they are, for codes given now."""
        self.register_client_auth_method("client_secret_basic", _basic)
        self.register_extension(Issuer)
        self.register_grant(RefreshGrant)
        self.register_grant(ItselfGrant)
        self.register_endpoint(Revocation)

    async def answering(self, work: Callable[[], T]) -> T:
        """Run what Authlib does, where it may await our commands."""
        # The key first: making the first one takes a lock that must come before all others.
        signing = await keys.for_id_tokens(self.session)
        self.register_grant(CodeGrant, [Pkce(required=True), IdToken(self.issuer, signing, self.token_life)])
        return await self.session.run_sync(lambda _: work())

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """A client by its id."""
        found: RegisteredClient | None = await_only(client_of(self._resources, self.session, client_id))
        return found

    def asked(self, request: ProviderRequest) -> CodeGrant:
        """What a client asks a person for, found good. Raises OAuth2Error, with where to say so if that is known."""
        request.payload.check()
        if request.payload.response_type != "code":
            # Authlib's own error repeats what was sent, which may hold anything.
            client = self.query_client(request.payload.client_id or "")
            wanted = request.payload.redirect_uri
            known = wanted if client is not None and wanted and client.check_redirect_uri(wanted) else None
            raise OAuth2Error(
                "Only the response_type code is supported.",
                error="unsupported_response_type",
                redirect_uri=known,
                state=request.payload.state,
            )
        grant: CodeGrant = self.get_consent_grant(request, None)
        return grant

    def answer_error(self, request: ProviderRequest, error: OAuth2Error) -> Answered:
        """Say it to the client: through the browser if it is known where, with who says it."""
        answer: Answered = self.handle_error_response(request, error)
        if answer.location is not None:
            self.execute_hook("after_create_authorization_response", answer)
        return answer

    def code_for(self, request: ProviderRequest, person: Account, *, authenticated_at: datetime) -> Answered:
        """The answer with a code."""
        self.authenticated_at = authenticated_at
        answer: Answered = self.create_authorization_response(request, person, self.get_authorization_grant(request))
        return answer

    def refused(self, request: ProviderRequest) -> Answered:
        """The answer that the person does not want it."""
        answer: Answered = self.create_authorization_response(request, None, self.get_authorization_grant(request))
        return answer

    # What Authlib asks

    def create_oauth2_request(self, request: ProviderRequest) -> ProviderRequest:
        """Made already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answered:
        """For the endpoint to send."""
        given: Mapping[str, object] = body if isinstance(body, Mapping) else dict(body or {})
        return Answered(status, given, dict(headers))

    def save_token(self, token: Mapping[str, Any], request: ProviderRequest) -> None:
        """Kept by the command that made it."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


def _basic(query_client: Callable[[str], RegisteredClient | None], request: ProviderRequest) -> RegisteredClient | None:
    """The client of an ``Authorization: Basic`` header, if the secret is its own (RFC 6749, 2.3.1)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    id, secret = unquote(id), unquote(secret)
    client = query_client(id) if "\0" not in id else None
    return client if client is not None and client.check_client_secret(secret) else None
