"""The migrations make the tables that are meant; the client asks for what is offered."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlalchemy import CheckConstraint, Column, MetaData, Text

from services.identity.service import SERVICE
from shared.clients.base import Answer, ServiceClient
from shared.clients.identity import IdentityClient
from shared.clients.provider import ProviderClient
from shared.http.app import create_app
from shared.runtime.servers import Serving, listen
from tests.services.identity.people import PASSWORD, IdentityUnderTest
from tests.support.contracts import calls_of, disagreements
from tests.support.migrations import differences
from tests.support.postgres import TestServer


async def test_the_migrations_make_the_tables_that_are_meant(server: TestServer) -> None:
    assert await differences(server, SERVICE) == []


async def test_a_difference_between_migrations_and_tables_is_found(server: TestServer) -> None:
    other = MetaData(naming_convention=SERVICE.metadata.naming_convention)
    for table in SERVICE.metadata.sorted_tables:
        table.to_metadata(other)
    other.tables["account"].append_column(Column("nickname", Text))
    other.tables["role_grant"].append_constraint(CheckConstraint("role <> ''", name="named"))

    found = await differences(server, replace(SERVICE, metadata=other))

    assert any("nickname" in one and one.startswith("alembic") for one in found)
    assert any("ck_role_grant_named" in one for one in found)


def _openapi(identity: IdentityUnderTest) -> dict[str, object]:
    return create_app(SERVICE, identity.service.resources).openapi()


def test_the_client_asks_for_what_is_offered(identity: IdentityUnderTest) -> None:
    assert {call.name for call in calls_of(IdentityClient)} >= {"sign_up", "sign_in", "refresh", "me", "people", "jwks"}
    assert disagreements(_openapi(identity), IdentityClient) == []
    assert {call.path for call in calls_of(ProviderClient)} == {"/oauth/token", "/oauth/revoke"}
    assert disagreements(_openapi(identity), ProviderClient) == []


class _Nicknamed(Answer):
    id: int
    nickname: str
    roles: list[str]
    created_at: str


class _Mistaken(ServiceClient):
    async def me(self) -> BaseModel:
        return await self.get(_Nicknamed, "/api/identity/me", params={"colour": "red"})

    async def dance(self) -> None:
        await self.call("POST", "/api/identity/dance")

    async def sign_in(self, email: str) -> None:
        await self.call("POST", "/api/identity/sessions", json={"email": email, "pin": 4})


def test_a_client_that_asks_for_something_else_is_found(identity: IdentityUnderTest) -> None:
    found = disagreements(_openapi(identity), _Mistaken)

    assert sorted(found) == [
        "dance: the service has no POST /api/identity/dance",
        "me: GET /api/identity/me has no query parameter 'colour'",
        "me: _Nicknamed.id is string in the service, integer for the client",
        "me: _Nicknamed.nickname is required by the client and not answered by the service",
        "sign_in: POST /api/identity/sessions needs 'password' in its body",
        "sign_in: POST /api/identity/sessions takes no 'pin' in its body",
    ]


async def test_the_client_works_over_a_socket(identity: IdentityUnderTest) -> None:
    identity.service.resources.tokens = identity.verifier()
    serving = Serving(identity.service.app, listen("127.0.0.1", 0), deadline=5)
    await serving.start()
    try:
        async with IdentityClient(f"http://127.0.0.1:{serving.port}") as client:
            await client.sign_up("Nadia@Demain.example", PASSWORD, "Nadia Belkacem")
            first = await client.verify(await identity.secret_of("verification"), PASSWORD)
            me = await client.me(first.access_token)
            assert [one.name for one in (await client.people([me.id, str(UUID(int=1))])).items] == ["Nadia Belkacem"]
            changes = {"affiliation": "Ville de Nantes", "orcid": "0000-0002-1825-0097"}
            me = await client.edit_profile(me.version, changes, token=first.access_token)
            assert (await client.profile(me.id)).orcid == me.orcid == changes["orcid"]
            await client.send_reset(me.email)
            await client.reset(await identity.secret_of("nouveau-mot-de-passe"), PASSWORD + "!")
            tokens = await client.sign_in("nadia@demain.example", PASSWORD + "!")
            tokens = await client.change_password(PASSWORD + "!", PASSWORD, token=tokens.access_token)
            tokens = await client.refresh(tokens.refresh_token)
            assert len((await client.jwks())["keys"]) == 2  # type: ignore[arg-type]
            await client.send_verification("nobody@demain.example")
            await client.sign_out(tokens.refresh_token)
            with pytest.raises(Exception, match="401"):
                await client.refresh(tokens.refresh_token)
    finally:
        await serving.stop()
