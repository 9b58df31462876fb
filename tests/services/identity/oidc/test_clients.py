"""Registering clients: what is refused, with the reason, and what is kept."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from services.identity import cli
from services.identity.commands.clients import ClientRefused
from tests.services.identity.people import IdentityUnderTest

RETURN = "https://atelier.example/retour"


async def add(identity: IdentityUnderTest, **changed: Any) -> Any:
    wanted = {"name": "L’Atelier", "redirect_uris": [RETURN], "scopes": [], "public": False, "itself": False} | changed
    name, uris, scopes = (wanted.pop(one) for one in ("name", "redirect_uris", "scopes"))
    return await cli.add_client(identity.service.resources, name, uris, scopes, **wanted)


async def test_a_client_is_registered_shown_and_taken_away(identity: IdentityUnderTest) -> None:
    resources = identity.service.resources
    made = await add(identity, name="  L’Atelier \n des cartes ")
    public = await add(identity, public=True, scopes=["openid", "offline_access"])

    assert public.secret is None
    assert [one.id for one in await cli.list_clients(resources)] == [made.client.id, public.client.id]
    [row, other] = await identity.rows("SELECT * FROM client ORDER BY created_at")
    assert (row.name, row.scopes, row.grant_types) == (
        "L’Atelier des cartes", ["openid", "profile"], ["authorization_code"],
    )  # fmt: skip
    assert row.secret_digest == hashlib.sha256(made.secret.encode()).digest()
    assert (other.secret_digest, other.grant_types) == (None, ["authorization_code", "refresh_token"])
    assert made.secret not in repr(made)

    await cli.remove_client(resources, made.client.id)
    with pytest.raises(ClientRefused, match="no client"):
        await cli.remove_client(resources, made.client.id)
    assert [one.id for one in await cli.list_clients(resources)] == [public.client.id]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"redirect_uris": []}, "--redirect-uri"),
        ({"redirect_uris": ["http://atelier.example/retour"]}, "https://"),
        ({"redirect_uris": ["https://atelier.example/retour#x"]}, "#"),
        ({"redirect_uris": ["https://a@atelier.example/retour"]}, "@"),
        ({"redirect_uris": ["https://atelier.exämple/"]}, "ASCII"),
        ({"redirect_uris": ["https://[::1"]}, "address"),
        ({"redirect_uris": ["https://atelier.example:port/"]}, "address"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "https://"),
        ({"redirect_uris": ["/retour"]}, "https://"),
        ({"scopes": ["profile"]}, "openid"),
        ({"scopes": ["openid", "demain"]}, "only the site"),
        ({"scopes": ["openid", "archive:read"]}, "--service"),
        ({"scopes": ["OpenID"]}, "no scope"),
        ({"redirect_uris": [], "itself": True, "scopes": ["openid"]}, "--redirect-uri"),
        ({"public": True, "itself": True}, "public"),
    ],
)
async def test_what_cannot_be_is_refused(identity: IdentityUnderTest, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientRefused, match=why):
        await add(identity, **changed)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:8080/x", "http://localhost/x?a=b", "http://[::1]/", RETURN])
async def test_where_people_may_be_taken_back(identity: IdentityUnderTest, uri: str) -> None:
    assert (await add(identity, redirect_uris=[uri, uri])).client.redirect_uris == [uri]
