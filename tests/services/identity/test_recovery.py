"""Verifying an address, choosing another password, changing it; and who tries to learn from it who has an account."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from services.identity import passwords
from services.identity.commands import recovery
from services.identity.tables import Account, MailToken
from services.identity.tokens import digest_of
from tests.services.identity.people import PASSWORD, IdentityUnderTest, Person
from tests.support.service import QueryCounter

OTHER = "une autre ville à vivre"
NEW = "new@demain.example"


async def verify(identity: IdentityUnderTest, secret: str, password: str = PASSWORD) -> httpx.Response:
    return await identity.http.post("/api/identity/verifications", json={"token": secret, "password": password})


async def reset(identity: IdentityUnderTest, secret: str, password: str = OTHER) -> httpx.Response:
    return await identity.http.post("/api/identity/resets", json={"token": secret, "password": password})


async def reset_secret(identity: IdentityUnderTest, email: str) -> str:
    await identity.http.post("/api/identity/resets/mails", json={"email": email})
    return await identity.secret_of("nouveau-mot-de-passe")


async def sign_in(identity: IdentityUnderTest, email: str, password: str = PASSWORD) -> httpx.Response:
    return await identity.http.post("/api/identity/sessions", json={"email": email, "password": password})


async def test_an_account_is_of_use_once_its_address_is_verified(identity: IdentityUnderTest) -> None:
    await identity.sign_up(NEW, "Nouvelle Personne")
    early = await sign_in(identity, NEW)
    assert (early.status_code, early.json()["type"]) == (403, "urn:demain:problem:unverified")
    assert (await sign_in(identity, NEW, "not the password")).status_code == 401
    [(id,)] = await identity.rows("SELECT id FROM account")
    assert (await identity.http.get(f"/api/identity/people/{id}")).status_code == 404
    assert (await identity.http.get("/api/identity/people", params={"id": str(id)})).json() == {"items": []}
    secret = await identity.secret_of("verification")

    assert (await verify(identity, secret, "not the password")).status_code == 401
    answer = await verify(identity, secret)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (await identity.verifier().verify(answer.json()["access_token"])).id == id
    assert (await sign_in(identity, NEW)).status_code == 200
    assert (await identity.http.get(f"/api/identity/people/{id}")).json()["name"] == "Nouvelle Personne"
    assert [one.ordinal for one in await identity.rows("SELECT ordinal FROM outbox WHERE topic LIKE '%.people'")] == [1]
    again = await verify(identity, secret)
    assert (again.status_code, again.json()["type"]) == (410, "urn:demain:problem:link-not-valid")


async def test_links_are_good_for_their_time_and_purpose_only(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.sign_up(NEW)
    verification = await identity.secret_of("verification")
    forgotten = await reset_secret(identity, person.email)
    [hours, one_hour] = await identity.rows(
        "SELECT extract(epoch FROM expires_at - now()) / 3600 AS hours FROM mail_token ORDER BY expires_at DESC"
    )
    assert 23.9 < hours.hours <= 24
    assert 0.9 < one_hour.hours <= 1

    assert (await reset(identity, verification)).status_code == 410
    assert (await verify(identity, forgotten)).status_code == 410
    assert (await verify(identity, "never ours")).status_code == 410
    await identity.change("UPDATE mail_token SET expires_at = now() - interval '1 second'")
    assert (await verify(identity, verification)).status_code == 410
    assert (await reset(identity, forgotten)).status_code == 410


async def test_whoever_signs_up_last_with_an_unverified_address_is_its_owner(identity: IdentityUnderTest) -> None:
    """Somebody who opened an account with a stranger's address gets nothing of what the stranger then does."""
    await identity.sign_up(NEW, "Impostor", OTHER)
    planted = await identity.secret_of("verification")
    await identity.sign_up(NEW, "Owner")
    secret = await identity.secret_of("verification")

    assert (await verify(identity, planted, OTHER)).status_code == 410
    assert (await verify(identity, secret, OTHER)).status_code == 401
    assert (await verify(identity, secret)).status_code == 200
    assert [one.display_name for one in await identity.rows("SELECT display_name FROM account")] == ["Owner"]
    assert (await sign_in(identity, NEW, OTHER)).status_code == 401


async def test_an_owner_who_opens_the_link_of_a_stranger_does_not_let_them_in(identity: IdentityUnderTest) -> None:
    await identity.sign_up(NEW, "Impostor", OTHER)
    secret = await identity.secret_of("verification")

    assert (await verify(identity, secret, "whatever the owner thinks of")).status_code == 401
    assert (await sign_in(identity, NEW, OTHER)).status_code == 403


async def test_a_reset_signs_everybody_out_and_verifies(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    here, elsewhere = await identity.signed_in(person), await identity.signed_in(person)
    secret = await reset_secret(identity, person.email)

    assert (await reset(identity, secret, "short")).status_code == 422
    refused = await reset(identity, secret, person.email.upper())
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "password")
    assert (await reset(identity, secret)).status_code == 204

    for tokens in (here, elsewhere):
        assert (await identity.refresh(tokens["refresh_token"])).status_code == 401
    assert (await identity.sign_in(person)).status_code == 401
    assert (await identity.sign_in(person, OTHER)).status_code == 200
    assert (await reset(identity, secret)).status_code == 410
    [told] = await identity.post()
    assert (told.to, told.subject) == (person.email, "Votre mot de passe a été changé")

    await identity.sign_up(NEW)
    await identity.post()
    assert (await reset(identity, await reset_secret(identity, NEW))).status_code == 204
    assert (await sign_in(identity, NEW, OTHER)).status_code == 200


async def test_a_reset_makes_all_other_links_worthless(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    first, second = await reset_secret(identity, person.email), await reset_secret(identity, person.email)

    assert (await reset(identity, second)).status_code == 204
    assert (await reset(identity, first)).status_code == 410


async def test_a_changed_password_leaves_one_sign_in(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    elsewhere = await identity.signed_in(person)
    path = "/api/identity/me/password"

    wrong = await identity.http.post(path, json={"present": OTHER, "password": OTHER}, headers=person.headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "present")
    answer = await identity.http.post(path, json={"present": PASSWORD, "password": OTHER}, headers=person.headers)

    assert answer.status_code == 200
    assert (await identity.refresh(elsewhere["refresh_token"])).status_code == 401
    assert (await identity.refresh(answer.json()["refresh_token"])).status_code == 200
    assert (await identity.sign_in(person, OTHER)).status_code == 200
    [told] = await identity.post()
    assert told.subject == "Votre mot de passe a été changé"


@pytest.mark.parametrize("path", ["resets/mails", "verifications/mails", "accounts"])
async def test_no_answer_tells_whether_there_is_an_account(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Same status, body, headers, statements and hashing work: unknown, unverified, verified, forgotten."""
    verified, forgotten = await identity.join(email="aa@demain.example"), await identity.join(email="bb@demain.example")
    await identity.change("UPDATE account SET forgotten_at = now() WHERE id = :id", id=forgotten.id)
    await identity.sign_up("cc@demain.example")
    hashed: list[str] = []

    class Counting(PasswordHasher):
        def hash(self, password: str | bytes, **options: Any) -> str:
            hashed.append("once")
            return super().hash(password, **options)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=1, memory_cost=16, parallelism=1))
    seen: list[tuple[Any, ...]] = []
    for email in (verified.email, forgotten.email, "cc@demain.example", "dd@demain.example"):
        body: dict[str, str] = {"email": email}
        if path == "accounts":
            body |= {"password": PASSWORD, "display_name": "Nom"}
        hashed.clear()
        with QueryCounter(identity.service.database) as counter:
            answer = await identity.http.post(f"/api/identity/{path}", json=body)
        varying = {"x-request-id", "ratelimit"}
        headers = frozenset((k, v) for k, v in answer.headers.items() if k not in varying)
        seen.append((answer.status_code, answer.text.replace(email, "…"), headers, len(hashed)))
        if path != "accounts":
            seen[-1] += (counter.count,)
    assert seen[0][0] == 202
    assert len(set(seen)) == 1
    assert seen[0][3] == (1 if path == "accounts" else 0)


async def _race(identity: IdentityUnderTest, person: Person) -> list[int]:
    secret = await reset_secret(identity, person.email)
    answers = await asyncio.gather(*(reset(identity, secret, f"{OTHER} {n}") for n in range(4)))
    await identity.post()
    await identity.change("DELETE FROM attempt")
    return sorted(one.status_code for one in answers)


async def test_of_many_who_use_a_link_at_once_one_wins(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    for _ in range(5):
        assert await _race(identity, person) == [204, 410, 410, 410]


async def test_without_the_lock_more_than_one_would_win(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a link that is looked at and not used up, by two at once."""
    person = await identity.join()
    secret = await reset_secret(identity, person.email)
    both_have_read = asyncio.Barrier(2)

    async def unlocked(session: Any, entity: type[Account], id: Any) -> Account | None:
        found: Account | None = await session.get(entity, id)
        return found

    async def looked_at(session: Any, secret: str, purpose: str) -> bool:
        found = await session.get(MailToken, digest_of(secret))
        await both_have_read.wait()
        return found is not None

    monkeypatch.setattr(recovery, "lock", unlocked)
    monkeypatch.setattr(recovery, "_use_up", looked_at)
    async with asyncio.timeout(20):
        answers = await asyncio.gather(reset(identity, secret), reset(identity, secret, OTHER + "!"))

    assert [one.status_code for one in answers] == [204, 204]


async def test_a_link_and_a_sign_up_at_once_never_wait_for_each_other(identity: IdentityUnderTest) -> None:
    for number in range(5):
        email = f"n{number}@demain.example"
        await identity.sign_up(email)
        secret = await identity.secret_of("verification")
        answers = await asyncio.gather(
            verify(identity, secret), identity.sign_up(email), reset(identity, secret), identity.sign_up(email)
        )
        assert {one.status_code for one in answers} <= {200, 202, 410, 401}
        await identity.post()


async def test_no_secret_of_a_link_is_kept(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    secret = await identity.secret_of("nouveau-mot-de-passe")

    kept = ""
    for (table,) in await identity.rows("SELECT relname FROM pg_stat_user_tables"):
        kept += "".join(str(one) for one in await identity.rows(f'SELECT t::text FROM "{table}" t'))
    assert digest_of(secret).hex() in kept
    assert secret not in kept
    assert secret.encode().hex() not in kept
