"""Another library (idpyoidc) finds the provider by its address alone, signs people in, and checks what it is told.

It is synchronous: it runs in a thread and speaks to the provider over real HTTP.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from cryptojwt import KeyJar
from idpyoidc.client.rp_handler import RPHandler

from shared.auth.principal import Role
from shared.auth.tokens import CLIENT_AUDIENCE, InvalidToken
from tests.services.identity.oidc.provider import RETURN, Client, ProviderUnderTest
from tests.services.identity.people import Person

SERVICES = {
    name: {"class": f"idpyoidc.client.{path}"}
    for name, path in {
        "discovery": "oidc.provider_info_discovery.ProviderInfoDiscovery",
        "authorization": "oidc.authorization.Authorization",
        "accesstoken": "oidc.access_token.AccessToken",
        "refresh_access_token": "oidc.refresh_access_token.RefreshAccessToken",
        "userinfo": "oidc.userinfo.UserInfo",
        "token_revocation": "oauth2.token_revocation.TokenRevocation",
        "client_credentials": "oauth2.client_credentials.CCAccessTokenRequest",
    }.items()
}
PKCE = {
    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
}


def library(client: Client, method: str = "client_secret_basic") -> Any:
    """The library, told no more than an address and what was registered; it asks the provider for the rest."""
    config = {
        "client_type": "oidc",
        "issuer": client.provider.issuer,
        "client_id": client.id,
        "client_secret": client.secret,
        "redirect_uris": [RETURN],
        "response_types_supported": ["code"],
        "scope": ["openid", "profile", "email", "offline_access"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "client_authn_methods": ["client_secret_basic", "client_secret_post", "bearer_header"],
        "token_endpoint_auth_method": method,
        "token_endpoint_auth_methods_supported": [method],
        "services": SERVICES,
        "add_ons": {"pkce": PKCE},
        "allow": {"http_links": True},
    }
    handler = RPHandler(
        "https://atelier.example", client_configs={"demain": config}, services=SERVICES, keyjar=KeyJar(),
        httpc_params={"verify": False, "timeout": 20},
    )  # fmt: skip
    return handler.client_setup("demain")


async def in_thread(work: Any, *args: Any, **options: Any) -> Any:
    return await asyncio.to_thread(work, *args, **options)


async def signed_in(rp: Any, provider: ProviderUnderTest, person: Person) -> dict[str, Any]:
    """The whole way: the library's address, the person's answer, what the library makes of where they are sent."""
    url = await in_thread(rp.init_authorization)
    assert url.startswith(f"{provider.issuer}/oauth/authorize?")
    sent = urlsplit(await provider.consent(urlsplit(url).query, person))
    assert f"{sent.scheme}://{sent.netloc}{sent.path}" == RETURN
    found: dict[str, Any] = await in_thread(rp.finalize, dict(parse_qsl(sent.query)))
    assert "error" not in found, found
    return found


async def test_it_signs_somebody_in(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    person = await provider.identity.join(Role.ADMIN, name="Nadia Belkacem")
    rp = await in_thread(library, client)

    found = await signed_in(rp, provider, person)

    assert found["issuer"] == provider.issuer
    assert found["userinfo"]["sub"] == str(person.id)
    assert found["userinfo"]["name"] == "Nadia Belkacem"
    assert found["userinfo"]["email"] == person.email
    told = found["id_token"].to_dict()
    assert (told["iss"], told["aud"], told["sub"]) == (provider.issuer, [client.id], str(person.id))
    assert {"nonce", "auth_time", "at_hash", "exp", "iat"} <= set(told)
    assert "roles" not in told
    with pytest.raises(InvalidToken):
        await provider.identity.verifier().verify(found["token"])
    with pytest.raises(InvalidToken):
        await provider.identity.verifier().verify(found["session_state"] or found["id_token"].jwt)


async def test_it_stays_signed_in_and_signs_out(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    rp = await in_thread(library, client)
    found = await signed_in(rp, provider, await provider.identity.join())
    state = found["state"]

    first = rp.get_context().cstate.get(state)["refresh_token"]
    renewed = await in_thread(rp.refresh_access_token, state)
    assert renewed["refresh_token"] != first
    info = await in_thread(rp.get_user_info, state, renewed["access_token"])
    assert info["sub"] == found["userinfo"]["sub"]

    # Sent by ourselves: the library does not take the empty answer that RFC 7009 allows.
    asked = rp.get_service("token_revocation").get_request_parameters(
        request_args={"token": renewed["refresh_token"]}, authn_method="client_secret_basic"
    )
    revoked = await in_thread(requests.post, asked["url"], data=asked["body"], headers=asked["headers"], timeout=20)
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert (await client.refresh(renewed["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_client_gets_a_token_of_its_own(provider: ProviderUnderTest) -> None:
    client = await provider.register(redirect_uris=[], scopes=["archive:read"], itself=True)
    rp = await in_thread(library, client)

    found = await in_thread(
        rp.do_request, "client_credentials", request_args={"scope": ["archive:read"]},
        authn_method="client_secret_basic",
    )  # fmt: skip

    assert found["scope"] == ["archive:read"]
    assert "refresh_token" not in found
    told = await provider.identity.verifier().claims(found["access_token"], CLIENT_AUDIENCE)
    assert (told["sub"], told["scope"]) == (client.id, "archive:read")
    with pytest.raises(InvalidToken):
        await provider.identity.verifier().verify(found["access_token"])
