"""Marks of mail domains: the same for one organization, telling nothing of which, none for public providers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity import mail_domains
from services.identity.commands import mail_domains as commands
from services.identity.service import SERVICE
from services.identity.tables import Account
from shared.contracts.identity import MAIL_DOMAINS, MailDomainForgotten, MailDomainMarked
from shared.runtime.beginning import begin
from shared.storage.locks import lock
from tests.services.identity.people import PASSWORD, IdentityUnderTest

SECRET = bytes(32)


async def told(identity: IdentityUnderTest) -> list[tuple[str, str, dict[str, Any]]]:
    rows = await identity.rows("SELECT * FROM outbox WHERE topic = :topic ORDER BY seq", topic=MAIL_DOMAINS.name)
    return [(one.key, one.type, json.loads(one.payload)) for one in rows]


async def test_two_of_one_domain_have_one_mark_and_another_has_another(identity: IdentityUnderTest) -> None:
    first = await identity.join(email="a@laboratoire.example")
    second = await identity.join(email="b@laboratoire.example")
    other = await identity.join(email="a@ville.example")

    marks = {key: payload["mark"] for key, _, payload in await told(identity)}

    assert marks[str(first.id)] == marks[str(second.id)] != marks[str(other.id)]
    assert all(len(bytes.fromhex(mark)) == 32 for mark in marks.values())
    assert "laboratoire" not in json.dumps(await told(identity))


async def test_an_address_of_a_public_provider_has_no_mark(identity: IdentityUnderTest) -> None:
    person = await identity.join(email="somebody@gmail.com")

    assert await told(identity) == [
        (str(person.id), MailDomainMarked.TYPE, {"id": str(person.id), "mark": None}),
    ]


async def test_nothing_is_told_of_an_address_nobody_verified(identity: IdentityUnderTest) -> None:
    await identity.sign_up("new@ville.example")
    assert await told(identity) == []

    secret = await identity.secret_of("verification")
    await identity.http.post("/api/identity/verifications", json={"token": secret, "password": PASSWORD})

    assert len(await told(identity)) == 1


async def test_accounts_of_before_are_marked_at_the_next_start_and_once(identity: IdentityUnderTest) -> None:
    person = await identity.join(email="a@ville.example")
    [before] = await told(identity)
    await identity.change("DELETE FROM mail_domain")
    await identity.change("DELETE FROM outbox")

    for _ in range(2):
        await begin(SERVICE, identity.service.database)

    assert await told(identity) == [before]
    assert before[0] == str(person.id)


async def test_a_mark_is_forgotten_with_the_next_ordinal(identity: IdentityUnderTest) -> None:
    person = await identity.join(email="a@ville.example")

    async with identity.service.database.transaction() as session:
        account = await lock(session, Account, person.id)
        assert account is not None
        await commands.forget(session, account)
        await commands.forget(session, account)

    assert [kind for _, kind, _ in await told(identity)] == [MailDomainMarked.TYPE, MailDomainForgotten.TYPE]
    assert await identity.rows("SELECT 1 FROM mail_domain") == []


async def test_two_who_need_the_secret_first_agree_about_it(identity: IdentityUnderTest) -> None:
    await asyncio.gather(*(identity.join(email=f"{name}@ville.example") for name in "abcdef"))

    assert len({payload["mark"] for _, _, payload in await told(identity)}) == 1
    assert len(await identity.rows("SELECT 1 FROM installation_secret")) == 1


@pytest.mark.parametrize("domain", ["gmail.com", "orange.fr", "yahoo.fr", "yahoo.co.uk", "proton.me", "hotmail.com"])
def test_public_providers(domain: str) -> None:
    assert mail_domains.mark_of(SECRET, f"somebody@{domain}") is None


@pytest.mark.parametrize(
    "domain", ["lyon.fr", "gmail.com.example", "notgmail.com", "yahoo-research.com", "free.example"]
)
def test_what_is_only_like_a_public_provider_is_none(domain: str) -> None:
    assert mail_domains.mark_of(SECRET, f"somebody@{domain}") is not None


@given(st.binary(min_size=32, max_size=32), st.from_regex(r"[a-z]{3,20}\.example", fullmatch=True))
def test_a_mark_depends_on_the_domain_and_the_secret_alone(secret: bytes, domain: str) -> None:
    mark = mail_domains.mark_of(secret, f"a@{domain}")

    assert mark == mail_domains.mark_of(secret, f"b@{domain.upper()}")
    assert mark != mail_domains.mark_of(secret + b"\0" * 64, f"a@{domain}")
    assert mark is not None
    assert domain not in mark
