"""The sample's people, and what the command line does with accounts."""

from __future__ import annotations

import pytest

from services.identity import cli, sample
from shared.auth.principal import Principal, Role
from shared.http.app import create_app
from shared.runtime.sample import SampleStory
from tests.services.identity.people import IdentityUnderTest


def _story(identity: IdentityUnderTest, said: list[str]) -> SampleStory:
    return SampleStory({"identity": identity.service.resources}, said.append)


async def test_the_sample_has_somebody_for_every_role_and_tells_it_once(identity: IdentityUnderTest) -> None:
    said: list[str] = []
    first, second = _story(identity, said), _story(identity, said)

    await sample.tell(first)
    before = await identity.rows("SELECT * FROM account ORDER BY id")
    await sample.tell(second)

    assert await identity.rows("SELECT * FROM account ORDER BY id") == before
    assert set(first.people) == set(Role)
    assert (first.people, first.accounts) == (second.people, second.accounts)
    assert said
    for account in first.accounts:
        answer = await identity.http.post(
            "/api/identity/sessions", json={"email": account.email, "password": account.password}
        )
        principal = await identity.verifier().verify(answer.json()["access_token"])
        assert principal.id == first.people[account.role]
        assert principal.roles == {Role.CITIZEN, Role(account.role)}
    assert (
        len(await identity.rows("SELECT * FROM outbox WHERE topic LIKE '%.people'")) == len(first.accounts) == len(Role)
    )


async def test_no_account_is_there_that_nobody_opened(identity: IdentityUnderTest) -> None:
    create_app(identity.service.service, identity.service.resources)
    await identity.key_set()

    assert await identity.rows("SELECT * FROM account") == []


async def test_a_token_for_an_account_lets_in_with_its_roles(identity: IdentityUnderTest) -> None:
    person = await identity.join(Role.MODERATOR)

    token = await cli.issue_token(identity.service.resources, person.email.upper())

    principal = await identity.verifier().verify(token)
    assert principal == Principal(person.id, frozenset({Role.CITIZEN, Role.MODERATOR}))


async def test_a_role_is_granted_at_the_command_line(identity: IdentityUnderTest) -> None:
    person = await identity.join()

    for _ in range(2):
        assert await cli.grant(identity.service.resources, person.email, "admin") == (Role.ADMIN, Role.CITIZEN)

    answer = await identity.http.get(
        f"/api/identity/accounts/{person.id}", headers=identity.service.someone(Role.ADMIN)
    )
    assert (answer.json()["roles"], answer.json()["version"]) == (["admin", "citizen"], 2)


@pytest.mark.parametrize("email", ["nobody@demain.example", "not an address"])
async def test_an_unknown_account_is_named(identity: IdentityUnderTest, email: str) -> None:
    with pytest.raises(cli.UnknownAccount, match=email):
        await cli.issue_token(identity.service.resources, email)
    with pytest.raises(cli.UnknownAccount, match=email):
        await cli.grant(identity.service.resources, email, "editor")


@pytest.mark.parametrize("role", ["emperor", "citizen", "Editor"])
async def test_an_unknown_role_is_named_with_those_there_are(identity: IdentityUnderTest, role: str) -> None:
    person = await identity.join()

    with pytest.raises(cli.UnknownRole, match=f"'{role}'.*admin, editor"):
        await cli.grant(identity.service.resources, person.email, role)
