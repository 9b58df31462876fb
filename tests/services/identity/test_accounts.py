"""Opening an account, one's own, and what the others are told."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.identity import statements
from services.identity.tables import Account
from shared.auth.principal import Role
from shared.contracts.identity import PersonForgotten, PersonNamed
from tests.services.identity.people import PASSWORD, IdentityUnderTest

NEW = {"email": "Nadia.Belkacem@Demain.example ", "password": PASSWORD, "display_name": "  Nadia   Belkacem "}


async def test_whoever_signed_up_and_verified_is_a_citizen(identity: IdentityUnderTest) -> None:
    answer = await identity.http.post("/api/identity/accounts", json=NEW)

    assert answer.status_code == 202
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"email": "nadia.belkacem@demain.example"}
    secret = await identity.secret_of("verification")
    answer = await identity.http.post("/api/identity/verifications", json={"token": secret, "password": PASSWORD})
    principal = await identity.verifier().verify(answer.json()["access_token"])
    me = await identity.http.get("/api/identity/me", headers=identity.service.someone(id=principal.id))
    assert me.headers["etag"] == '"1"'
    body = me.json()
    assert body.pop("created_at").endswith("Z")
    assert body.pop("id") == str(principal.id)
    assert body == {
        "email": "nadia.belkacem@demain.example",
        "display_name": "Nadia Belkacem",
        "biography": "",
        "affiliation": "",
        "orcid": None,
        "picture": None,
        "roles": ["citizen"],
        "version": 1,
        "verified": True,
        "has_password": True,
    }


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"email": "nobody"}, "email", "e-mail address"),
        ({"email": "a@b..fr"}, "email", "e-mail address"),
        ({"email": "x" * 2000 + "@demain.example"}, "email", "at most"),
        ({"password": "too short"}, "password", "at least 10 characters"),
        ({"password": "x" * 201}, "password", "at most 200 characters"),
        ({"password": "NADIA.belkacem@demain.example"}, "password", "not your e-mail address"),
        ({"display_name": " \t "}, "display_name", "at least one letter"),
        ({"display_name": "x" * 81}, "display_name", "at most 80 characters, these are 81"),
        ({"display_name": "Nadia\nBelkacem"}, "display_name", "control characters"),
        ({"display_name": "Nadia\u202egnirts"}, "display_name", "control characters"),
        ({"display_name": "Nadia\0"}, "display_name", "control characters"),
        ({"nickname": "N"}, "nickname", "not permitted"),
    ],
)
async def test_what_cannot_be_an_account_names_the_field_and_the_fix(
    identity: IdentityUnderTest, change: dict[str, str], field: str, said: str
) -> None:
    answer = await identity.http.post("/api/identity/accounts", json=NEW | change)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert said in answer.json()["errors"][0]["message"]
    assert change.get("password", PASSWORD) not in answer.text
    assert await identity.rows("SELECT * FROM account") == []


async def test_all_that_is_wrong_is_said_at_once(identity: IdentityUnderTest) -> None:
    answer = await identity.http.post(
        "/api/identity/accounts", json={"email": "?", "password": "?", "display_name": ""}
    )

    assert [one["field"] for one in answer.json()["errors"]] == ["email", "password", "display_name"]


async def test_an_address_has_one_account_whatever_its_case(identity: IdentityUnderTest) -> None:
    await identity.join(email="nadia.belkacem@demain.example")
    before = await identity.rows("SELECT * FROM account")

    answer = await identity.http.post("/api/identity/accounts", json=NEW)

    assert answer.status_code == 202
    assert await identity.rows("SELECT * FROM account") == before
    [mail] = await identity.post()
    assert (mail.to, mail.subject) == ("nadia.belkacem@demain.example", "Vous avez déjà un compte sur Demain")


async def test_of_those_who_come_at_once_with_one_address_one_gets_the_account(identity: IdentityUnderTest) -> None:
    answers = await asyncio.gather(
        *(identity.http.post("/api/identity/accounts", json=NEW | {"display_name": f"N{n}"}) for n in range(6))
    )

    assert {(one.status_code, one.text) for one in answers} == {(202, answers[0].text)}
    assert len(await identity.rows("SELECT * FROM account")) == 1
    assert await identity.rows("SELECT * FROM outbox") == [], "nobody is told of somebody unverified"


async def test_one_sees_ones_own_account(identity: IdentityUnderTest) -> None:
    editor = await identity.join(Role.EDITOR)

    answer = await identity.http.get("/api/identity/me", headers=editor.headers)

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["email"]) == (str(editor.id), editor.email)
    assert answer.json()["roles"] == ["citizen", "editor"]


async def test_a_token_of_no_account_finds_none(identity: IdentityUnderTest) -> None:
    answer = await identity.http.get("/api/identity/me", headers=identity.service.someone())

    assert answer.status_code == 404


async def test_a_new_name_is_told_in_order_and_the_same_name_is_not(identity: IdentityUnderTest) -> None:
    person = await identity.join(name="Nadia B.")

    async def rename(name: str, version: int) -> int:
        answer = await identity.http.patch(
            "/api/identity/me", json={"display_name": name}, headers={**person.headers, "If-Match": f'"{version}"'}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
        return int(answer.json()["version"])

    assert await rename("Nadia Belkacem", 1) == 2
    assert await rename(" Nadia  Belkacem", 2) == 2
    assert await rename("Nadia Belkacem-Roy", 2) == 3

    told = await identity.rows(
        "SELECT topic, key, ordinal, type, payload, headers FROM outbox WHERE topic LIKE '%.people' ORDER BY seq"
    )
    assert {(one.topic, one.key, one.type) for one in told} == {
        ("demain.identity.people", str(person.id), PersonNamed.TYPE)
    }
    assert [(one.ordinal, json.loads(one.payload)["name"]) for one in told] == [
        (1, "Nadia B."),
        (2, "Nadia Belkacem"),
        (3, "Nadia Belkacem-Roy"),
    ]
    assert person.email not in "".join(str(one) for one in told)


@pytest.mark.parametrize(("tag", "status"), [(None, 428), ('"7"', 412)])
async def test_who_renames_says_which_version_they_mean(
    identity: IdentityUnderTest, tag: str | None, status: int
) -> None:
    person = await identity.join()
    headers = person.headers if tag is None else {**person.headers, "If-Match": tag}

    answer = await identity.http.patch("/api/identity/me", json={"display_name": "Autre"}, headers=headers)

    assert answer.status_code == status
    assert len(await identity.rows("SELECT * FROM outbox WHERE topic LIKE '%.people'")) == 1


async def test_of_two_renamings_at_once_one_is_stale(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    headers = {**person.headers, "If-Match": '"1"'}

    answers = await asyncio.gather(
        *(identity.http.patch("/api/identity/me", json={"display_name": f"Nom {n}"}, headers=headers) for n in range(4))
    )

    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412]
    assert [
        one.ordinal
        for one in await identity.rows("SELECT ordinal FROM outbox WHERE topic LIKE '%.people' ORDER BY seq")
    ] == [1, 2]


async def test_everybody_learns_names_and_nothing_else(identity: IdentityUnderTest) -> None:
    first, second, forgotten = [await identity.join() for _ in range(3)]
    await identity.change("UPDATE account SET forgotten_at = now() WHERE id = :id", id=forgotten.id)
    ids = [str(one.id) for one in (second, first, forgotten)] + ["00000000-0000-7000-8000-000000000000"]

    answer = await identity.http.get("/api/identity/people", params={"id": [*ids, ids[0]]})

    assert answer.json() == {
        "items": [{"id": str(first.id), "name": first.name}, {"id": str(second.id), "name": second.name}]
    }


@pytest.mark.parametrize(("ids", "status"), [([], 200), (["x"], 422), (["0" * 32] * 101, 422), (["0" * 32] * 100, 200)])
async def test_at_most_a_hundred_ids_are_asked_for(identity: IdentityUnderTest, ids: list[str], status: int) -> None:
    answer = await identity.http.get("/api/identity/people", params={"id": ids})

    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"items": []}
    else:
        assert answer.json()["errors"][0]["field"].startswith("id")


async def test_who_is_forgotten_is_said_to_be_and_cannot_come_back(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    tokens = await identity.signed_in(person)
    await identity.change("UPDATE account SET forgotten_at = now() WHERE id = :id", id=person.id)

    assert (await identity.sign_in(person)).status_code == 401
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 401
    assert (await identity.http.get("/api/identity/me", headers=person.headers)).status_code == 404
    async with identity.service.database.transaction() as session:
        account = await session.get(Account, person.id)
        assert account is not None
        assert statements.of_person(account) == PersonForgotten(id=str(person.id))
