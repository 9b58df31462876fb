"""Roles: who has which, granted and taken by admins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity import policy
from services.identity.commands import roles
from services.identity.tables import RoleGrant
from shared.auth.principal import Role
from tests.services.identity.people import IdentityUnderTest, Person


async def _change(
    identity: IdentityUnderTest, method: str, admin: Person, person: Person, role: str, tag: str = "*"
) -> httpx.Response:
    return await identity.http.request(
        method,
        f"/api/identity/accounts/{person.id}/roles/{role}",
        headers={**admin.headers, "If-Match": tag},
    )


async def test_a_role_is_granted_and_taken(identity: IdentityUnderTest) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join()

    granted = await _change(identity, "PUT", admin, person, "reviewer", '"1"')
    assert granted.status_code == 200
    assert granted.headers["etag"] == '"2"'
    assert (granted.json()["version"], granted.json()["roles"]) == (2, ["citizen", "reviewer"])
    [grant] = await identity.rows("SELECT * FROM role_grant WHERE account_id = :id", id=person.id)
    assert (grant.role, grant.granted_by) == ("reviewer", admin.id)

    again = await _change(identity, "PUT", admin, person, "reviewer", '"2"')
    assert (again.status_code, again.json()) == (200, granted.json()), "nothing changed"

    taken = await _change(identity, "DELETE", admin, person, "reviewer", '"2"')
    assert (taken.status_code, taken.json()["version"], taken.json()["roles"]) == (200, 3, ["citizen"])
    again = await _change(identity, "DELETE", admin, person, "reviewer", '"3"')
    assert (again.status_code, again.json()) == (200, taken.json()), "nothing changed"
    # Names alone are told to the others: a role is nobody else's to keep.
    assert (
        len(await identity.rows("SELECT * FROM outbox WHERE key = :id AND topic LIKE '%.people'", id=str(person.id)))
        == 1
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(("role", "tag", "status"), [
    ("editor", '"9"', 412),
    ("citizen", "*", 409),
    ("emperor", "*", 422),
])  # fmt: skip
async def test_what_cannot_be_is_refused(
    identity: IdentityUnderTest, method: str, role: str, tag: str, status: int
) -> None:
    admin, person = await identity.join(Role.ADMIN), await identity.join(Role.EDITOR)

    answer = await _change(identity, method, admin, person, role, tag)

    assert answer.status_code == status
    assert await identity.rows("SELECT role FROM role_grant WHERE account_id = :id", id=person.id) == [("editor",)]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_version_must_be_said_and_an_account_must_be_there(identity: IdentityUnderTest, method: str) -> None:
    admin = await identity.join(Role.ADMIN)
    path = "/api/identity/accounts/{}/roles/editor"

    unsaid = await identity.http.request(method, path.format(admin.id), headers=admin.headers)
    nobody = "00000000-0000-7000-8000-000000000000"
    nowhere = await identity.http.request(method, path.format(nobody), headers={**admin.headers, "If-Match": "*"})

    assert (unsaid.status_code, nowhere.status_code) == (428, 404)


async def test_the_last_admin_stays(identity: IdentityUnderTest) -> None:
    first, second = await identity.join(Role.ADMIN), await identity.join(Role.ADMIN)

    assert (await _change(identity, "DELETE", first, second, "admin")).status_code == 200
    last = await _change(identity, "DELETE", first, first, "admin")

    assert (last.status_code, last.json()["type"]) == (409, "urn:demain:problem:last-admin")
    assert await identity.rows("SELECT account_id FROM role_grant") == [(first.id,)]


async def test_admins_who_take_each_others_role_at_once_leave_one(identity: IdentityUnderTest) -> None:
    for _ in range(4):
        await identity.change("DELETE FROM role_grant")
        admins = [await identity.join(Role.ADMIN) for _ in range(4)]
        pairs = zip(admins, admins[1:] + admins[:1], strict=True)

        answers = await asyncio.gather(*(_change(identity, "DELETE", one, other, "admin") for one, other in pairs))

        assert sorted(one.status_code for one in answers) == [200, 200, 200, 409]
        assert await identity.rows("SELECT count(*) FROM role_grant") == [(1,)]


async def test_a_counting_without_locks_would_leave_none(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: where both count before either takes, both find two."""
    admins = [await identity.join(Role.ADMIN) for _ in range(2)]
    both_have_counted = asyncio.Barrier(2)

    async def unlocked(session: AsyncSession, role: Role) -> Sequence[RoleGrant]:
        found = (await session.exec(select(RoleGrant).where(col(RoleGrant.role) == role))).all()
        await both_have_counted.wait()
        return found

    monkeypatch.setattr(roles, "_holders", unlocked)
    async with asyncio.timeout(20):
        await asyncio.gather(*(_change(identity, "DELETE", one, one, "admin") for one in admins))

    assert await identity.rows("SELECT count(*) FROM role_grant") == [(0,)]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("admins", [0, 1, 2])
def test_only_the_last_admin_cannot_be_taken(role: Role, admins: int) -> None:
    assert (policy.refuse_taking(role, admins) is not None) == (role is Role.ADMIN and admins <= 1)


def test_a_citizen_is_what_everybody_is() -> None:
    assert policy.roles_of(set()) == (Role.CITIZEN,)
    assert policy.roles_of({Role.EDITOR, Role.ADMIN}) == (Role.ADMIN, Role.CITIZEN, Role.EDITOR)
    assert {role for role in Role if policy.refuse_change(role)} == {Role.CITIZEN}
