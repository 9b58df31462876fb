"""Who is suspended is let in no more, at once and everywhere; who is not learns nothing of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.commands import denials
from services.identity.tables import STAYS_WHEN_ERASED, STAYS_WHEN_SUSPENDED, IdentityTable
from shared.auth.principal import Role
from shared.contracts.identity import DENIALS, AccessDenied, AccessRestored
from tests.services.identity.people import PASSWORD, IdentityUnderTest, Person

REASON = {"reason": "Des messages publicitaires."}


async def change(identity: IdentityUnderTest, method: str, by: Person, of: Person, **sent: Any) -> httpx.Response:
    headers = {**by.headers, "If-Match": "*"}
    return await identity.http.request(method, f"/api/identity/accounts/{of.id}/suspension", headers=headers, **sent)


async def told(identity: IdentityUnderTest) -> list[tuple[str, str, int, dict[str, Any]]]:
    rows = await identity.rows("SELECT * FROM outbox WHERE topic = :topic ORDER BY seq", topic=DENIALS.name)
    return [(one.key, one.type, one.ordinal, json.loads(one.payload)) for one in rows]


async def test_who_is_suspended_is_out_at_once_and_may_come_back(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join(Role.EXPERT)
    tokens = await identity.signed_in(person)
    assert (await identity.http.get("/api/identity/me", headers=person.headers)).status_code == 200

    suspended = await change(identity, "PUT", admin, person, json=REASON)

    assert suspended.status_code == 200
    assert suspended.json()["suspension_reason"] == REASON["reason"]
    refused = await identity.http.get("/api/identity/me", headers=person.headers)
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:demain:problem:access-denied")
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 401
    assert await identity.rows("SELECT 1 FROM sign_in") == []
    [(key, kind, ordinal, payload)] = await told(identity)
    assert (key, kind, ordinal, set(payload)) == (str(person.id), AccessDenied.TYPE, 1, {"id", "since"})
    assert await identity.rows("SELECT role FROM role_grant WHERE account_id = :id", id=person.id) == [("expert",)]

    lifted = await change(identity, "DELETE", admin, person)

    assert (lifted.json()["suspended_since"], lifted.json()["suspension_reason"]) == (None, "")
    assert [(kind, ordinal) for _, kind, ordinal, _ in await told(identity)][1:] == [(AccessRestored.TYPE, 2)]
    assert (await identity.sign_in(person)).status_code == 200
    assert (await identity.http.get("/api/identity/me", headers=person.headers)).status_code == 200


async def test_only_who_knows_the_password_learns_of_it(identity: IdentityUnderTest) -> None:
    admin, person, nobody = await identity.join(Role.ADMIN), await identity.join(), await identity.join()
    await change(identity, "PUT", admin, person, json=REASON)

    right = await identity.sign_in(person)
    wrong, of_nobody = (
        await identity.sign_in(person, "not the password"),
        await identity.sign_in(nobody, "not it at all"),
    )

    assert (right.status_code, right.json()["type"]) == (403, "urn:demain:problem:suspended")
    assert REASON["reason"] not in right.text
    assert (wrong.status_code, wrong.json()["type"]) == (401, "urn:demain:problem:wrong-credentials")
    assert wrong.json() == of_nobody.json()


async def test_no_way_leads_to_a_new_token(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    secret = await identity.secret_of("nouveau-mot-de-passe")
    await change(identity, "PUT", admin, person, json=REASON)

    reset = await identity.http.post("/api/identity/resets", json={"token": secret, "password": PASSWORD + "!"})
    changed = await identity.http.post(
        "/api/identity/me/password", json={"present": PASSWORD, "password": PASSWORD + "!"}, headers=person.headers
    )

    assert (reset.status_code, changed.status_code) == (410, 401)


async def test_again_changes_the_reason_only(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join()
    await change(identity, "PUT", admin, person, json=REASON)

    again = await change(identity, "PUT", admin, person, json={"reason": "Autre chose."})
    await change(identity, "DELETE", admin, person)
    twice = await change(identity, "DELETE", admin, person)

    assert again.json()["suspension_reason"] == "Autre chose."
    assert twice.status_code == 200
    assert len(await told(identity)) == 2


@pytest.mark.parametrize(
    ("body", "tag", "status"),
    [({"reason": ""}, "*", 422), ({"reason": " \n "}, "*", 422), ({"reason": "x" * 1001}, "*", 422),
     ({"reason": "a\u202eb"}, "*", 422), ({}, "*", 422), (REASON, '"7"', 412), (REASON, None, 428)],
)  # fmt: skip
async def test_what_cannot_be_is_refused(
    identity: IdentityUnderTest, body: dict[str, str], tag: str | None, status: int
) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join()
    headers = admin.headers if tag is None else {**admin.headers, "If-Match": tag}

    answer = await identity.http.put(f"/api/identity/accounts/{person.id}/suspension", json=body, headers=headers)

    assert answer.status_code == status
    assert await told(identity) == []


async def test_the_last_admin_who_can_sign_in_stays(identity: IdentityUnderTest) -> None:
    first, second = await identity.join(Role.ADMIN), await identity.join(Role.ADMIN)
    assert (await change(identity, "PUT", first, second, json=REASON)).status_code == 200

    last = await change(identity, "PUT", first, first, json=REASON)
    role = await identity.http.delete(
        f"/api/identity/accounts/{first.id}/roles/admin", headers={**first.headers, "If-Match": "*"}
    )

    assert (last.status_code, last.json()["type"]) == (409, "urn:demain:problem:last-admin")
    assert role.status_code == 409, "a suspended admin can make nobody an admin"


async def test_admins_who_suspend_each_other_at_once_leave_one(identity: IdentityUnderTest) -> None:
    for _ in range(4):
        await identity.change("DELETE FROM role_grant")
        admins = [await identity.join(Role.ADMIN) for _ in range(4)]
        answers = await asyncio.gather(*(change(identity, "PUT", one, one, json=REASON) for one in admins))

        assert sorted(one.status_code for one in answers) == [200, 200, 200, 409]


async def test_control_without_the_locks_none_would_be_left(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    admins = [await identity.join(Role.ADMIN) for _ in range(2)]
    both = asyncio.Barrier(2)

    async def unlocked(session: AsyncSession) -> frozenset[Any]:
        await both.wait()
        return frozenset(one.id for one in admins)

    monkeypatch.setattr(denials, "active_admins", unlocked)
    async with asyncio.timeout(20):
        await asyncio.gather(*(change(identity, "PUT", one, one, json=REASON) for one in admins))

    assert await identity.rows("SELECT count(*) FROM denial WHERE since IS NOT NULL") == [(2,)]


async def test_a_sign_in_that_races_with_the_suspension_ends(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join()
    for _ in range(5):
        tokens = await identity.signed_in(person)
        await asyncio.gather(
            identity.sign_in(person),
            identity.refresh(tokens["refresh_token"]),
            change(identity, "PUT", admin, person, json=REASON),
        )
        assert await identity.rows("SELECT 1 FROM sign_in WHERE account_id = :id", id=person.id) == []
        await change(identity, "DELETE", admin, person)


def test_whatever_hangs_on_an_account_ends_unless_it_is_said_to_stay() -> None:
    hanging = {table.name for table, _ in denials.hanging_on_accounts()}

    assert {"sign_in", "mail_token"} <= hanging - STAYS_WHEN_SUSPENDED
    assert hanging >= STAYS_WHEN_SUSPENDED, "what stays is there at all"
    assert STAYS_WHEN_ERASED < STAYS_WHEN_SUSPENDED
    for table in IdentityTable.metadata.sorted_tables:
        for key in table.foreign_keys:
            assert key.ondelete == "CASCADE", f"{table.name} would keep its row from being deleted"


async def test_what_was_done_is_written_down(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN, name="Mireille"), await identity.join()
    headers = {**admin.headers, "If-Match": "*"}
    await identity.http.put(f"/api/identity/accounts/{person.id}/roles/editor", headers=headers)
    await identity.http.delete(f"/api/identity/accounts/{person.id}/roles/editor", headers=headers)
    await change(identity, "PUT", admin, person, json=REASON)
    await change(identity, "DELETE", admin, person)

    path = f"/api/identity/accounts/{person.id}/events"
    seen: list[dict[str, Any]] = []
    page = (await identity.http.get(path, params={"limit": 3}, headers=admin.headers)).json()
    while True:
        seen += page["items"]
        if page["next"] is None:
            break
        params = {"limit": 3, "cursor": page["next"]}
        page = (await identity.http.get(path, params=params, headers=admin.headers)).json()

    assert [(one["kind"], one["role"]) for one in seen] == [
        ("restored", None), ("suspended", None), ("role-taken", "editor"), ("role-granted", "editor"),
    ]  # fmt: skip
    assert {(one["by"], one["by_name"]) for one in seen} == {(str(admin.id), "Mireille")}
    assert REASON["reason"] not in json.dumps(seen)


async def test_accounts_are_found_by_role_and_suspension(identity: IdentityUnderTest) -> None:
    admin, expert = await identity.join(Role.ADMIN), await identity.join(Role.EXPERT)
    await change(identity, "PUT", admin, expert, json=REASON)

    async def found(**params: str) -> list[str]:
        answer = await identity.http.get("/api/identity/accounts", params=params, headers=admin.headers)
        return [one["id"] for one in answer.json()["items"]]

    assert await found(role="expert") == await found(suspended="true") == [str(expert.id)]
    assert await found(role="admin") == [str(admin.id)]
    assert await found(role="editor") == []
    assert await found(role="citizen") == [str(expert.id), str(admin.id)]
