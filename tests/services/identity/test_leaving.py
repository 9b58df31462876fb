"""Another address, and erasing an account."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from services.identity.letters.kinds import Kind
from shared.auth.principal import Role
from shared.contracts.identity import AccessDenied, MailDomainForgotten, PersonForgotten
from shared.mail.port import Mail
from tests.services.identity.people import PASSWORD, IdentityUnderTest, Person, an_image, secret_in

NEW = "nouvelle@ville.example"


async def ask(
    identity: IdentityUnderTest, person: Person, email: str = NEW, password: str = PASSWORD
) -> httpx.Response:
    body = {"email": email, "password": password}
    return await identity.http.post("/api/identity/me/email", json=body, headers=person.headers)


async def confirm(identity: IdentityUnderTest, secret: str, password: str = PASSWORD) -> httpx.Response:
    return await identity.http.post("/api/identity/email-changes", json={"token": secret, "password": password})


async def erase(identity: IdentityUnderTest, person: Person, password: str = PASSWORD) -> httpx.Response:
    return await identity.http.post("/api/identity/me/erasure", json={"password": password}, headers=person.headers)


async def test_the_new_address_is_verified_and_the_old_one_told(identity: IdentityUnderTest) -> None:
    person = await identity.join(email="ancienne@labo.example")
    assert (await ask(identity, person, password="not the password")).status_code == 422
    assert (await ask(identity, person, email=person.email)).status_code == 422

    assert (await ask(identity, person)).status_code == 202
    [mail] = await identity.post()
    assert (mail.to, person.name in mail.text) == (NEW, False)
    secret = secret_in(mail, "nouvelle-adresse")
    assert (await identity.sign_in(person)).status_code == 200, "nothing changes before"
    assert (await confirm(identity, secret, "not the password")).status_code == 401
    assert (await confirm(identity, secret)).status_code == 204

    [told] = await identity.post()
    assert (told.to, told.subject) == (person.email, "L’adresse de votre compte a changé")
    assert NEW not in told.text
    assert (await identity.sign_in(person)).status_code == 401
    person.email = NEW
    assert (await identity.sign_in(person)).status_code == 200
    assert (await confirm(identity, secret)).status_code == 410
    marks = await identity.rows("SELECT payload FROM outbox WHERE topic LIKE '%.private' ORDER BY seq")
    assert len({json.loads(one.payload)["mark"] for one in marks}) == 2, "the domain is another one"
    assert await identity.rows("SELECT kind FROM account_event") == [("email-changed",)]


async def test_no_answer_tells_whether_the_new_address_has_an_account(identity: IdentityUnderTest) -> None:
    person, other = await identity.join(), await identity.join(email="prise@ville.example")
    await identity.sign_up("jamais@ville.example")
    await identity.post()

    answers = [await ask(identity, person, email) for email in (other.email, "jamais@ville.example", "libre@a.example")]

    assert {one.status_code for one in answers} == {202}
    assert all(one.json() == {"email": json.loads(one.request.content)["email"]} for one in answers)
    mails = {mail.to: mail for mail in await identity.post()}
    assert mails[other.email].subject == "Cette adresse a déjà un compte sur Demain"
    assert "jeton" not in mails[other.email].text
    assert "jeton" in mails["jamais@ville.example"].text
    assert "jeton" in mails["libre@a.example"].text


async def test_an_account_nobody_verified_makes_room(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.sign_up(NEW, "Somebody else")
    await identity.post()
    await ask(identity, person)
    secret = await identity.secret_of("nouvelle-adresse")

    assert (await confirm(identity, secret)).status_code == 204
    assert await identity.rows("SELECT id FROM account WHERE email = :email", email=NEW) == [(person.id,)]


async def _links(identity: IdentityUnderTest, *people: Person) -> list[str]:
    for person in people:
        assert (await ask(identity, person)).status_code == 202
    mails: list[Mail] = await identity.post()
    return [secret_in(mail, "nouvelle-adresse") for mail in mails]


async def test_of_two_who_want_one_address_at_once_one_gets_it(identity: IdentityUnderTest) -> None:
    for _ in range(4):
        links = await _links(identity, await identity.join(), await identity.join())

        answers = await asyncio.gather(*(confirm(identity, one) for one in links))

        assert sorted(one.status_code for one in answers) == [204, 409]
        assert len(await identity.rows("SELECT 1 FROM account WHERE email = :email", email=NEW)) == 1
        await identity.change("DELETE FROM account")
        await identity.change("DELETE FROM attempt")


async def test_a_link_twice_at_once_is_good_once(identity: IdentityUnderTest) -> None:
    [link] = await _links(identity, await identity.join())

    answers = await asyncio.gather(*(confirm(identity, link) for _ in range(4)))

    statuses = [one.status_code for one in answers]
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 410, 429}, "one too many at once may be slowed"


async def test_nothing_is_left_of_who_erased_their_account(identity: IdentityUnderTest) -> None:
    person = await identity.join(Role.EXPERT, name="Zoé Quatrebarbes", email="zoe@quatrebarbes.example")
    tokens = await identity.signed_in(person)
    await identity.http.put("/api/identity/me/picture", content=an_image(), headers=person.headers)
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    assert (await erase(identity, person, "not the password")).status_code == 422

    assert (await erase(identity, person)).status_code == 204

    [farewell] = await identity.post()
    assert (farewell.to, farewell.subject) == (person.email, "Votre compte sur Demain est effacé")
    left = await identity.rows(
        "SELECT (SELECT count(*) FROM sign_in), (SELECT count(*) FROM mail_token), (SELECT count(*) FROM letter),"
        " (SELECT count(*) FROM role_grant), (SELECT count(*) FROM picture), (SELECT count(*) FROM mail_domain),"
        " (SELECT count(*) FROM account WHERE account::text ILIKE '%quatrebarbes%'), (SELECT count(*) FROM attempt)"
    )
    assert left == [(0,) * 8]
    assert (await identity.sign_in(person)).status_code == 401
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 401
    assert (await identity.http.get("/api/identity/me", headers=person.headers)).status_code == 401
    told = await identity.rows("SELECT type FROM outbox WHERE key = :id", id=str(person.id))
    assert {one.type for one in told} >= {PersonForgotten.TYPE, AccessDenied.TYPE, MailDomainForgotten.TYPE}
    assert not await identity.rows("SELECT 1 FROM outbox WHERE convert_from(payload, 'UTF8') LIKE '%Quatrebarbes%'")
    assert await identity.rows("SELECT kind, by FROM account_event ORDER BY id DESC LIMIT 1") == [("erased", person.id)]

    again = await identity.sign_up(person.email)
    assert again.status_code == 202
    [mail] = await identity.post()
    assert "jeton" in mail.text, "the address is free again"


async def test_an_admin_erases_on_request(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join()
    path = f"/api/identity/accounts/{person.id}"
    headers = {**admin.headers, "If-Match": '"1"'}

    stale = await identity.http.post(f"{path}/erasure", json={}, headers={**headers, "If-Match": '"7"'})
    done = await identity.http.post(f"{path}/erasure", json={"language": "en"}, headers=headers)
    again = await identity.http.post(f"{path}/erasure", json={}, headers={**headers, "If-Match": "*"})

    assert (stale.status_code, done.status_code, again.status_code) == (412, 204, 404)
    [farewell] = await identity.post()
    assert farewell.subject == "Your account on Demain has been erased"
    assert (await identity.http.get(path, headers=admin.headers)).status_code == 404
    listed = await identity.http.get("/api/identity/accounts", headers=admin.headers)
    assert [one["id"] for one in listed.json()["items"]] == [str(admin.id)]


async def test_the_last_admin_cannot_be_erased(identity: IdentityUnderTest) -> None:
    admin = await identity.join(Role.ADMIN)

    own = await erase(identity, admin)
    by_self = await identity.http.post(
        f"/api/identity/accounts/{admin.id}/erasure", json={}, headers={**admin.headers, "If-Match": "*"}
    )

    for answer in (own, by_self):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:demain:problem:last-admin")
    assert (await identity.sign_in(admin)).status_code == 200


async def test_who_never_verified_gets_no_last_mail(identity: IdentityUnderTest) -> None:
    admin = await identity.join(Role.ADMIN)
    await identity.sign_up(NEW)
    [(id,)] = await identity.rows("SELECT id FROM account WHERE email = :email", email=NEW)

    answer = await identity.http.post(
        f"/api/identity/accounts/{id}/erasure", json={}, headers={**admin.headers, "If-Match": "*"}
    )

    assert answer.status_code == 204
    assert await identity.post() == []


async def test_kept_answers_that_name_the_person_go(identity: IdentityUnderTest) -> None:
    person, other = await identity.join(), await identity.join()
    for who, body in ((str(person.id), b"{}"), (str(other.id), b'{"authors": ["%s"]}' % str(person.id).encode()),
                      (str(other.id), b'{"authors": []}')):  # fmt: skip
        await identity.change(
            "INSERT INTO idempotent_request (person, route, key, body_hash, status, headers, body)"
            " VALUES (:who, '/', gen_random_uuid(), '', 200, '{}', :body)",
            who=who, body=body,
        )  # fmt: skip

    await erase(identity, person)

    assert await identity.rows("SELECT person, body FROM idempotent_request") == [(str(other.id), b'{"authors": []}')]


@pytest.mark.parametrize("kind", [Kind.ERASED, Kind.CHANGE, Kind.CHANGED])
async def test_a_mail_about_nobody_is_not_sent_or_is_the_last(identity: IdentityUnderTest, kind: Kind) -> None:
    person = await identity.join()
    await ask(identity, person)
    letter: dict[str, Any] = {"kind": kind}
    await identity.change("UPDATE letter SET kind = :kind", **letter)
    await identity.change("UPDATE account SET forgotten_at = now()")

    assert [mail.to for mail in await identity.post()] == ([NEW] if kind is Kind.ERASED else [])
