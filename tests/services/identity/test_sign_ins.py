"""Signing in, staying signed in, signing out; and who tries to get in otherwise."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from argon2 import PasswordHasher
from argon2.low_level import Type
from sqlalchemy.exc import IntegrityError

from services.identity import passwords
from services.identity.commands import sign_ins
from services.identity.tables import RefreshToken, SignIn
from shared.auth.principal import Principal, Role
from shared.http import rate_limits
from tests.services.identity.people import PASSWORD, IdentityUnderTest, Person


async def test_who_signs_in_gets_a_token_that_says_who_they_are(identity: IdentityUnderTest) -> None:
    editor = await identity.join(Role.EDITOR)

    answer = await identity.sign_in(editor)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert await identity.verifier().verify(body["access_token"]) == Principal(
        editor.id, frozenset({Role.CITIZEN, Role.EDITOR})
    )


async def test_the_address_may_be_written_in_any_case_and_the_password_with_any_accents(
    identity: IdentityUnderTest,
) -> None:
    await identity.join(email="nadia@demain.example")
    decomposed = PASSWORD.replace("à", "a\u0300")
    assert decomposed != PASSWORD

    answer = await identity.http.post(
        "/api/identity/sessions", json={"email": " NADIA@demain.EXAMPLE", "password": decomposed}
    )

    assert answer.status_code == 200


async def test_no_answer_tells_whether_there_is_an_account(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await identity.join()
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=1, memory_cost=16, parallelism=1))

    async def attempt(email: str) -> httpx.Response:
        return await identity.http.post("/api/identity/sessions", json={"email": email, "password": "wrong" * 3})

    answers = [await attempt(one) for one in (person.email, "nobody@demain.example", "not an address", "a\0b")]

    assert {one.status_code for one in answers} == {401}
    assert len({one.text for one in answers}) == 1
    varying = {"x-request-id", "ratelimit"}
    assert len({frozenset((k, v) for k, v in one.headers.items() if k not in varying) for one in answers}) == 1
    assert len(verified) == len(answers), "each attempt costs one verification"
    assert len({hash.rpartition("$")[0].rpartition("$")[0] for hash in verified}) == 1, "of the same parameters"


async def test_a_password_longer_than_any_is_wrong_and_no_error(identity: IdentityUnderTest) -> None:
    person = await identity.join()

    assert (await identity.sign_in(person, PASSWORD + "x" * 900)).status_code == 401


async def test_a_refresh_token_is_good_for_one_use(identity: IdentityUnderTest) -> None:
    person = await identity.join(Role.EXPERT)
    first = await identity.signed_in(person)

    second = (await identity.refresh(first["refresh_token"])).json()
    third = (await identity.refresh(second["refresh_token"])).json()

    assert len({one["refresh_token"] for one in (first, second, third)}) == 3
    assert len({one["access_token"] for one in (first, second, third)}) == 3
    assert (await identity.verifier().verify(third["access_token"])).id == person.id
    assert await identity.rows("SELECT 1 FROM sign_in") == [(1,)]


async def test_a_used_token_shown_again_ends_the_sign_in_and_no_other(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    elsewhere = await identity.signed_in(person)
    stolen = await identity.signed_in(person)
    current = (await identity.refresh(stolen["refresh_token"])).json()

    again = await identity.refresh(stolen["refresh_token"])

    assert (again.status_code, again.json()["type"]) == (401, "urn:demain:problem:sign-in-ended")
    assert stolen["refresh_token"] not in again.text
    assert (await identity.refresh(current["refresh_token"])).status_code == 401
    assert (await identity.refresh(elsewhere["refresh_token"])).status_code == 200


async def test_who_signs_out_is_out(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    here, elsewhere = await identity.signed_in(person), await identity.signed_in(person)

    async def revoke(token: str) -> int:
        return (await identity.http.post("/api/identity/sessions/revoke", json={"refresh_token": token})).status_code

    assert await revoke(here["refresh_token"]) == 204
    assert await revoke(here["refresh_token"]) == 204
    assert await revoke("a token nobody has") == 204
    assert (await identity.refresh(here["refresh_token"])).status_code == 401
    assert (await identity.refresh(elsewhere["refresh_token"])).status_code == 200


async def test_a_sign_in_lasts_as_long_as_it_is_used(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    tokens = await identity.signed_in(person)
    age = "UPDATE {} SET expires_at = expires_at - interval '16 days'"
    for _ in range(3):
        for table in ("sign_in", "refresh_token"):
            await identity.change(age.format(table))
        answer = await identity.refresh(tokens["refresh_token"])
        assert answer.status_code == 200
        tokens = answer.json()
    # One used and one good: what expired cannot be shown again, and is not kept.
    assert await identity.rows("SELECT count(*) FROM refresh_token") == [(2,)]

    for table in ("sign_in", "refresh_token"):
        await identity.change(f"UPDATE {table} SET expires_at = expires_at - interval '31 days'")
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 401

    await identity.signed_in(person)
    assert await identity.rows("SELECT count(*) FROM sign_in") == [(1,)]
    assert await identity.rows("SELECT count(*) FROM refresh_token") == [(1,)]


async def test_only_digests_of_tokens_and_hashes_of_passwords_are_kept(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    headers = {**person.headers, "Idempotency-Key": "one"}
    answer = await identity.http.post(
        "/api/identity/sessions", json={"email": person.email, "password": PASSWORD}, headers=headers
    )
    tokens = answer.json()
    answer = await identity.http.post(
        "/api/identity/sessions/refresh", json={"refresh_token": tokens["refresh_token"]}, headers=headers
    )
    tokens |= {"newer": answer.json()["refresh_token"]}

    digests = {one.digest for one in await identity.rows("SELECT digest FROM refresh_token")}
    assert hashlib.sha256(tokens["newer"].encode()).digest() in digests
    kept = ""
    for (table,) in await identity.rows("SELECT relname FROM pg_stat_user_tables"):
        kept += "".join(str(one) for one in await identity.rows(f'SELECT t::text FROM "{table}" t'))
    assert person.email in kept
    for secret in (PASSWORD, tokens["access_token"], tokens["refresh_token"], tokens["newer"]):
        assert secret not in kept
        assert secret.encode().hex() not in kept, "nor as bytes"


async def _race(identity: IdentityUnderTest, person: Person, runners: int) -> tuple[list[dict[str, Any]], list[int]]:
    """Show one refresh token many times at once; the tokens of those who won, and what each then is worth."""
    token = (await identity.signed_in(person))["refresh_token"]
    answers = await asyncio.gather(*(identity.refresh(token) for _ in range(runners)))
    assert {one.status_code for one in answers} <= {200, 401}
    won = [one.json() for one in answers if one.status_code == 200]
    return won, [(await identity.refresh(one["refresh_token"])).status_code for one in won]


async def test_of_many_who_show_one_token_at_once_one_wins_and_the_sign_in_ends(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    for _ in range(5):
        won, worth = await _race(identity, person, 6)
        assert len(won) == 1
        assert worth == [401], "the others showed a used token, so the sign-in has ended"


async def test_without_the_lock_more_than_one_would_win(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what the race looks like when nothing stands in its way."""
    person = await identity.join()
    token = (await identity.signed_in(person))["refresh_token"]
    both_have_read = asyncio.Barrier(2)
    reading = sign_ins._shown

    async def unlocked(session: Any, entity: type[SignIn], id: Any) -> SignIn | None:
        found: SignIn | None = await session.get(entity, id)
        return found

    async def together(session: Any, digest: bytes) -> RefreshToken | None:
        found = await reading(session, digest)
        await both_have_read.wait()
        return found

    monkeypatch.setattr(sign_ins, "lock", unlocked)
    monkeypatch.setattr(sign_ins, "_shown", together)
    async with asyncio.timeout(20):
        answers = await asyncio.gather(identity.refresh(token), identity.refresh(token))

    assert [one.status_code for one in answers] == [200, 200]


async def test_a_role_bites_at_refresh(identity: IdentityUnderTest) -> None:
    person, admin = await identity.join(), await identity.join(Role.ADMIN)
    tokens = await identity.signed_in(person)
    path = f"/api/identity/accounts/{person.id}/roles/editor"

    await identity.http.put(path, headers={**admin.headers, "If-Match": '"1"'})
    tokens = (await identity.refresh(tokens["refresh_token"])).json()
    assert Role.EDITOR in (await identity.verifier().verify(tokens["access_token"])).roles

    await identity.http.delete(path, headers={**admin.headers, "If-Match": '"2"'})
    tokens = (await identity.refresh(tokens["refresh_token"])).json()
    assert (await identity.verifier().verify(tokens["access_token"])).roles == {Role.CITIZEN}


def test_passwords_are_hashed_as_is_good_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert passwords._HASHER.type is Type.ID
    assert (passwords._HASHER.memory_cost, passwords._HASHER.time_cost) == (64 * 1024, 3)


async def test_a_hash_of_weaker_parameters_is_made_anew_at_sign_in(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await identity.join()
    stronger = PasswordHasher(time_cost=2, memory_cost=32, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)

    async def stored() -> str:
        [(found,)] = await identity.rows("SELECT password_hash FROM account")
        return str(found)

    old = await stored()
    await identity.signed_in(person)
    new = await stored()
    assert passwords.outdated(old)
    assert not passwords.outdated(new)
    await identity.signed_in(person)
    assert await stored() == new


async def test_a_password_changed_while_it_was_verified_lets_nobody_in(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await identity.join()
    verify = passwords.matches

    async def slowly(*arguments: Any) -> bool:
        right = await verify(*arguments)
        await identity.change("UPDATE account SET password_hash = 'another'")
        return right

    monkeypatch.setattr(passwords, "matches", slowly)

    assert (await identity.sign_in(person)).status_code == 401


async def test_no_connection_is_held_while_a_password_is_verified(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await identity.join()
    pool: Any = identity.service.database.engine.pool
    held: list[int] = []
    verify, hash = passwords.matches, passwords.hashed

    async def watched_matches(*arguments: Any) -> bool:
        held.append(pool.checkedout())
        return await verify(*arguments)

    async def watched_hashed(*arguments: Any) -> str:
        held.append(pool.checkedout())
        return await hash(*arguments)

    monkeypatch.setattr(passwords, "matches", watched_matches)
    monkeypatch.setattr(passwords, "hashed", watched_hashed)
    await identity.signed_in(person)
    await identity.sign_up("a@demain.example")
    verification = {"token": await identity.secret_of("verification"), "password": PASSWORD}
    await identity.http.post("/api/identity/verifications", json=verification)
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    reset = {"token": await identity.secret_of("nouveau-mot-de-passe"), "password": PASSWORD + "!"}
    await identity.http.post("/api/identity/resets", json=reset)
    change = {"present": PASSWORD + "!", "password": PASSWORD}
    await identity.http.post("/api/identity/me/password", json=change, headers=person.headers)

    assert held == [0, 0, 0, 0, 0, 0]


@pytest.fixture
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the limits: on a busy machine they would be refilled while a test uses them up."""
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(monotonic=lambda: 1000.0))


@pytest.mark.usefixtures("_time_stands_still")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("accounts", {"email": "a@demain.example", "display_name": "A", "password": "ville\ud800 demain"}),
        ("sessions", {"email": "a@demain.example", "password": "\ud800"}),
        ("sessions/refresh", {"refresh_token": "\ud800"}),
        ("sessions/revoke", {"refresh_token": "a\udfff"}),
    ],
)
async def test_a_secret_with_half_a_character_is_refused_by_name(
    identity: IdentityUnderTest, path: str, body: dict[str, str]
) -> None:
    """Nobody can hash it; it comes escaped, as no client can write it otherwise."""
    answer = await identity.http.post(
        f"/api/identity/{path}", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [list(body)[-1]])


@pytest.mark.usefixtures("_time_stands_still")
@pytest.mark.parametrize(("path", "allowed"), [("accounts", 20), ("sessions", 60)])
async def test_one_caller_may_not_try_for_ever(identity: IdentityUnderTest, path: str, allowed: int) -> None:
    async def attempt(number: int) -> int:
        body = {"email": f"p{number}@demain.example", "password": "short"} | (
            {"display_name": ""} if path == "accounts" else {}
        )
        return (await identity.http.post(f"/api/identity/{path}", json=body)).status_code

    answers = [await attempt(number) for number in range(allowed + 1)]

    assert 429 not in answers[:allowed]
    assert answers[-1] == 429


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """Everything that is logged meanwhile."""
    with structlog.testing.capture_logs() as entries:
        yield entries


async def test_nothing_secret_is_logged(identity: IdentityUnderTest, logged: list[Any]) -> None:
    person = await identity.join()
    tokens = await identity.signed_in(person)
    await identity.sign_in(person, "a wrong password")
    newer = (await identity.refresh(tokens["refresh_token"])).json()
    await identity.refresh(tokens["refresh_token"])
    await identity.http.get("/api/identity/me", headers={"Authorization": "Bearer not.a.token"})

    said = repr(logged)
    assert "the sign-in ends" in said
    secrets = [PASSWORD, "a wrong password", "not.a.token", person.email, *tokens.values(), *newer.values()]
    for secret in (one for one in secrets if isinstance(one, str) and one != "Bearer"):
        assert secret not in said


async def test_an_error_of_the_database_does_not_say_what_was_written(
    identity: IdentityUnderTest, logged: list[Any]
) -> None:
    person = await identity.join()
    await identity.change("ALTER TABLE account ADD CONSTRAINT ck_account_nobody_else CHECK (email = 'x') NOT VALID")

    answer = await identity.http.post(
        "/api/identity/accounts",
        json={"email": "new@demain.example", "password": PASSWORD, "display_name": "Nouvelle Personne"},
    )

    assert answer.status_code == 500
    assert "ck_account_nobody_else" in repr(logged)
    for text in (answer.text, repr(logged)):
        assert not any(one in text for one in ("new@demain.example", "Nouvelle Personne", "argon2", person.email))


async def test_the_text_of_a_database_error_holds_no_values(identity: IdentityUnderTest) -> None:
    person = await identity.join()

    with pytest.raises(IntegrityError) as raised:
        await identity.change("INSERT INTO refresh_token (digest) VALUES (:digest)", digest=b"a secret digest")

    assert "secret" not in str(raised.value).partition("DETAIL")[0]
    assert person.email not in str(raised.value)
