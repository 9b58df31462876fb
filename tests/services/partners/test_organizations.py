"""Organizations: their numbers, their members, and invitations."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from tests.services.partners.town import ORGANIZATION, Town

ACCEPT = "/api/organizations/invitations/acceptance"
LOOK_UP = "/api/organizations/invitations/lookup"


async def test_with_a_siret_the_siren_follows(town: Town) -> None:
    owner = await town.somebody()
    made = await town.organization(owner, siret="732 829 320 00074")
    assert (made["siren"], made["siret"]) == ("732829320", "73282932000074")
    gone = await town.change(owner, "/api/organizations", made, {"siret": None, "siren": None})
    assert (gone.json()["siren"], gone.json()["siret"]) == (None, None)
    alone = await town.change(owner, "/api/organizations", gone.json(), {"siren": "356 000 000"})
    assert alone.json()["siren"] == "356000000"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("siret", {"siret": "732 829 320 00075"}),
        ("siren", {"siren": "73282932"}),
        ("siren", {"siren": "356000000", "siret": "73282932000074"}),
        ("website", {"website": "javascript:alert(1)"}),
        ("website", {"website": "https://a b.example"}),
        ("themes.0", {"themes": ["Énergie"]}),
    ],
)
async def test_what_is_wrong_is_named(town: Town, field: str, given: dict[str, Any]) -> None:
    answer = await town.ask(await town.somebody(), "POST", "/api/organizations", json={**ORGANIZATION, **given})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_what_is_published_stays_complete(town: Town) -> None:
    owner = await town.somebody()
    unfinished = await town.organization(owner, summary="")
    refused = await town.move(owner, "/api/organizations", unfinished, "publish")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "summary")
    published = await town.organization(owner, published=True)
    emptied = await town.change(owner, "/api/organizations", published, {"summary": ""})
    assert emptied.status_code == 422
    stale = await town.change(owner, "/api/organizations", {**published, "version": 1}, {"name": "Autre"})
    assert stale.status_code == 412


async def test_an_invitation_is_shown_then_used_up(town: Town) -> None:
    owner, guest, other = [await town.somebody() for _ in range(3)]
    organization = await town.organization(owner)
    path = f"/api/organizations/{organization['id']}/invitations"
    made = await town.post(owner, path, {"role": "owner", "note": "Pour Inès"})
    assert [one["note"] for one in (await town.get(owner, path))["items"]] == ["Pour Inès"]
    assert "token" not in (await town.get(owner, path))["items"][0]
    body = {"token": made["token"]}
    shown = await town.post(guest, LOOK_UP, body, 200)
    assert (shown["organization"]["name"], shown["role"], shown["membership"]) == (organization["name"], "owner", None)
    joined = await town.post(guest, ACCEPT, body, 200)
    assert joined["membership"] == "owner"
    assert (await town.post(guest, ACCEPT, body, 200))["membership"] == "owner", "said twice it changes nothing"
    assert (await town.get(owner, path))["items"] == []
    for route in (LOOK_UP, ACCEPT):
        assert (await town.ask(other, "POST", route, json=body)).status_code == 410
    assert (await town.ask(owner, "DELETE", f"{path}/{made['id']}")).status_code == 409


async def test_an_invitation_can_be_revoked_and_expires(town: Town) -> None:
    owner, guest = await town.somebody(), await town.somebody()
    organization = await town.organization(owner)
    path = f"/api/organizations/{organization['id']}/invitations"
    revoked, expired = [await town.post(owner, path, {}) for _ in range(2)]
    for _ in range(2):
        assert (await town.ask(owner, "DELETE", f"{path}/{revoked['id']}")).status_code == 204
    async with town.service.database.transaction() as session:
        await session.execute(text("UPDATE invitation SET expires_at = now() WHERE revoked_at IS NULL"))
    for made, why in ((revoked, "taken back"), (expired, "expired")):
        answer = await town.ask(guest, "POST", ACCEPT, json={"token": made["token"]})
        assert answer.status_code == 410
        assert why in answer.json()["detail"]
    nonsense = await town.ask(guest, "POST", ACCEPT, json={"token": "x" * 43})
    assert nonsense.status_code == 404
    async with town.service.database.transaction() as session:
        kept = (await session.execute(text("SELECT digest FROM invitation"))).scalars().all()
    assert all(revoked["token"].encode() not in bytes(one) for one in kept)


async def test_what_a_member_handed_out_goes_with_them(town: Town) -> None:
    owner, second, guest = [await town.somebody() for _ in range(3)]
    organization = await town.organization(owner)
    await town.join(owner, organization, second, "owner")
    made = await town.post(second, f"/api/organizations/{organization['id']}/invitations", {})
    members = f"/api/organizations/{organization['id']}/members"
    assert (await town.ask(owner, "DELETE", f"{members}/{second.id}")).status_code == 204
    assert (await town.ask(guest, "POST", ACCEPT, json={"token": made["token"]})).status_code == 410


async def test_only_owners_say_who_belongs_and_one_stays(town: Town) -> None:
    owner, member = await town.somebody(), await town.somebody()
    organization = await town.organization(owner)
    await town.join(owner, organization, member)
    path = f"/api/organizations/{organization['id']}"
    assert (await town.ask(member, "POST", f"{path}/invitations", json={})).status_code == 403
    assert (await town.ask(member, "GET", f"{path}/invitations")).status_code == 403
    assert (await town.ask(member, "DELETE", f"{path}/members/{owner.id}")).status_code == 403
    for last in (
        await town.ask(owner, "DELETE", f"{path}/members/{owner.id}"),
        await town.ask(owner, "PUT", f"{path}/members/{owner.id}", json={"role": "member"}),
    ):
        assert (last.status_code, last.json()["type"]) == (409, "urn:demain:problem:last-owner")
    raised = await town.ask(owner, "PUT", f"{path}/members/{member.id}", json={"role": "owner"})
    assert raised.json()["role"] == "owner"
    assert (await town.ask(owner, "DELETE", f"{path}/members/{owner.id}")).status_code == 204
    assert [one["person"]["id"] for one in (await town.get(member, f"{path}/members"))["items"]] == [str(member.id)]
