"""Whom somebody is here whom another provider vouches for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.identity.commands import federation
from shared.auth.principal import Role
from tests.services.identity.outside.conftest import Between, Browser
from tests.services.identity.people import PASSWORD, secret_in

ADA = {"sub": "ada-1", "email": "Ada@Ailleurs.example", "email_verified": True, "name": "Ada Lovelace"}


async def opened(between: Between, browser: Browser | None = None, **person: Any) -> str:
    """The id of the account of somebody who came in for the first time."""
    browser = browser or between.browser()
    assert (await browser.arrive(**{**ADA, **person})).json()["outcome"] == "arrived"
    return await browser.let_in(await browser.post("arrivals/account", display_name="Ada L."))


async def test_who_comes_first_gets_an_account_and_comes_in_again(between: Between) -> None:
    browser = between.browser()
    landed = await browser.arrive(**ADA)
    assert (landed.json()["outcome"], landed.json()["location"]) == ("arrived", None)
    who = (await browser.post("arrivals/current")).json()
    assert (who["provider"], who["email"], who["email_verified"]) == ("Ailleurs", "ada@ailleurs.example", True)
    assert (who["has_account"], who["display_name"]) == (False, "Ada Lovelace")

    first = await browser.let_in(await browser.post("arrivals/account", display_name="  Ada   L. "))

    assert (await browser.post("arrivals/current")).status_code == 410, "the arrival is over"
    [row] = await between.identity.rows("SELECT id, email, display_name, password_hash, verified_at FROM account")
    assert (str(row[0]), row[1], row[2], row[3]) == (first, "ada@ailleurs.example", "Ada L.", "")
    assert row[4] is not None
    assert (await between.http.get(f"/api/identity/people/{first}")).json()["name"] == "Ada L."
    again = between.browser()
    # The provider may tell whatever it likes of them by then: who they are is issuer and subject.
    landed = await again.arrive(sub=ADA["sub"], email="elsewhere@ailleurs.example", email_verified=False)
    assert landed.json()["outcome"] == "signed-in"
    assert await again.let_in(landed) == first
    assert await between.accounts() == 1


async def test_nobody_without_a_password_comes_in_by_one(between: Between) -> None:
    await opened(between)
    for password in ("", " ", PASSWORD):
        answer = await between.http.post(
            "/api/identity/sessions", json={"email": "ada@ailleurs.example", "password": password}
        )
        assert answer.status_code == 401


async def test_an_address_that_has_an_account_is_never_linked_silently(between: Between) -> None:
    owner = await between.identity.join(email="ada@ailleurs.example")
    browser = between.browser()
    assert (await browser.arrive(**ADA)).json()["outcome"] == "arrived"
    assert (await browser.post("arrivals/current")).json()["has_account"] is True
    refused = await browser.post("arrivals/account", display_name="Ada")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:demain:problem:email-taken")
    wrong = await browser.post("arrivals/sign-in", email=owner.email, password="not that one")
    assert wrong.status_code == 401
    assert await between.identity.rows("SELECT * FROM federated_identity") == []

    proved = await browser.post("arrivals/sign-in", email=owner.email, password=PASSWORD)

    assert await browser.let_in(proved) == str(owner.id)
    [mail] = await between.identity.post()
    assert mail.to == owner.email and "Ailleurs" in mail.subject
    assert await between.browser().let_in(await between.browser().arrive(**ADA)) == str(owner.id)


async def test_guesses_at_the_password_are_slowed_as_ever(between: Between) -> None:
    owner = await between.identity.join(email="ada@ailleurs.example")
    browser = between.browser()
    await browser.arrive(**ADA)
    statuses = [
        (await browser.post("arrivals/sign-in", email=owner.email, password=f"guess {number}")).status_code
        for number in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    answer = await between.identity.sign_in(owner)
    assert answer.status_code == 429, "counted with the guesses of the usual way in"


async def test_an_address_is_shown_by_a_mail_where_the_provider_does_not_vouch_for_it(between: Between) -> None:
    browser = between.browser()
    await browser.arrive(**{**ADA, "email_verified": False})
    who = (await browser.post("arrivals/current")).json()
    assert (who["email_verified"], who["has_account"]) == (False, False)
    assert (await browser.post("arrivals/account", display_name="Ada")).status_code == 409
    asked = await browser.post("arrivals/mails", email="ada@chez-elle.example", display_name="Ada", language="en")
    assert asked.status_code == 202
    [mail] = await between.identity.post()
    assert (mail.to, mail.language) == ("ada@chez-elle.example", "en")
    secret = secret_in(mail, "connexion/ailleurs/confirmation")
    assert await between.accounts() == 0, "until the link is shown"

    other = await between.browser().post("arrivals/confirmation", token=secret)
    assert (other.status_code, other.json()["type"]) == (409, "urn:demain:problem:other-browser")
    person = await browser.let_in(await browser.post("arrivals/confirmation", token=secret))

    [row] = await between.identity.rows("SELECT id, email, display_name FROM account")
    assert (str(row[0]), row[1], row[2]) == (person, "ada@chez-elle.example", "Ada")
    assert (await browser.post("arrivals/confirmation", token=secret)).status_code == 410


async def test_the_mail_lets_the_owner_of_an_account_in_without_the_password(between: Between) -> None:
    owner = await between.identity.join(email="ada@ailleurs.example", name="Ada")
    browser = between.browser()
    await browser.arrive(**ADA)
    await browser.post("arrivals/mails", email=owner.email, display_name="Whatever")
    [mail] = await between.identity.post()
    assert "Relier" in mail.subject and "Ada" in mail.text
    secret = secret_in(mail, "connexion/ailleurs/confirmation")
    assert await browser.let_in(await browser.post("arrivals/confirmation", token=secret)) == str(owner.id)
    assert await between.accounts() == 1


async def test_whether_an_address_has_an_account_is_not_told_to_who_did_not_show_it_is_theirs(
    between: Between,
) -> None:
    await between.identity.join(email="known@demain.example")
    answers = []
    for email in ("known@demain.example", "unknown@demain.example"):
        browser = between.browser()
        await browser.arrive(sub=f"of {email}", email=email, email_verified=False)
        who = (await browser.post("arrivals/current")).json()
        sent = await browser.post("arrivals/mails", email=email, display_name="X")
        opened = await browser.post("arrivals/account", display_name="X")
        answers.append((who["has_account"], sent.status_code, opened.status_code, opened.json()["detail"]))
    assert answers[0] == answers[1]


async def test_nothing_less_than_true_vouches_for_an_address(between: Between) -> None:
    for told in (False, "true", 1, "yes", None, [True]):
        browser = between.browser()
        await browser.arrive(**{**ADA, "email_verified": told})
        assert (await browser.post("arrivals/current")).json()["email_verified"] is False, told
        assert (await browser.post("arrivals/account", display_name="Ada")).status_code == 409
    assert await between.accounts() == 0


async def test_an_account_that_a_stranger_opened_with_the_address_makes_room(between: Between) -> None:
    """Opened beforehand, to be in it once its owner comes: nobody showed that the address is theirs."""
    await between.identity.sign_up("ada@ailleurs.example", "Un intrus", "le mot de passe de l'intrus")
    person = await opened(between)
    answer = await between.http.post(
        "/api/identity/sessions",
        json={"email": "ada@ailleurs.example", "password": "le mot de passe de l'intrus"},
    )
    assert answer.status_code == 401
    [row] = await between.identity.rows("SELECT id, display_name FROM account")
    assert (str(row[0]), row[1]) == (person, "Ada L.")


async def test_the_same_subject_of_another_issuer_is_somebody_else(between: Between) -> None:
    await opened(between)
    await between.identity.change("UPDATE federated_identity SET issuer = 'https://another.example'")
    landed = await between.browser().arrive(**ADA)
    assert landed.json()["outcome"] == "arrived"


async def test_who_is_suspended_stays_out_and_comes_in_once_it_is_lifted(between: Between) -> None:
    person = await opened(between)
    admin = between.identity.service.someone(Role.ADMIN)
    between.identity.trust_both_issuers()
    path = f"/api/identity/accounts/{person}/suspension"
    headers = {**admin, "If-Match": "*"}
    assert (await between.http.put(path, json={"reason": "?"}, headers=headers)).status_code == 200
    refused = await between.browser().arrive(**ADA)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:demain:problem:suspended")
    assert (await between.http.delete(path, headers=headers)).status_code == 200
    assert (await between.browser().arrive(**ADA)).json()["outcome"] == "signed-in"


async def test_erasure_takes_the_links_and_what_waits(between: Between) -> None:
    person = await opened(between)
    waiting = between.browser()
    await waiting.arrive(**{**ADA, "sub": "ada-2"})
    between.identity.trust_both_issuers()
    headers = {**between.identity.service.someone(Role.ADMIN), "If-Match": "*"}
    answer = await between.http.post(f"/api/identity/accounts/{person}/erasure", json={}, headers=headers)
    assert answer.status_code == 204, answer.text
    for table in ("federated_identity", "arrival"):
        assert await between.identity.rows(f"SELECT * FROM {table}") == []
    assert (await between.browser().arrive(**ADA)).json()["outcome"] == "arrived", "as somebody new"


async def arrive_twice_at_once(between: Between) -> list[int]:
    browsers = [between.browser(), between.browser()]
    for browser in browsers:
        await browser.arrive(**ADA)
    answers = await asyncio.gather(*(one.post("arrivals/account", display_name="Ada") for one in browsers))
    return sorted(one.status_code for one in answers)


async def test_who_arrives_twice_at_once_gets_one_account_and_is_let_in_twice(between: Between) -> None:
    assert await arrive_twice_at_once(between) == [200, 200]
    assert await between.accounts() == 1
    assert len(await between.identity.rows("SELECT * FROM federated_identity")) == 1


async def test_without_the_lock_of_the_subject_the_second_is_refused(
    between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both look before either wrote."""
    both, found = asyncio.Barrier(2), federation.hold

    async def unlocked(session: Any, issuer: str, subject: str) -> Any:
        known = await found(session, issuer, f"{subject} of another lock {id(session)}")
        await both.wait()
        return known

    browsers = [between.browser(), between.browser()]
    for browser in browsers:
        await browser.arrive(**ADA)
    monkeypatch.setattr(federation, "hold", unlocked)
    answers = await asyncio.gather(*(one.post("arrivals/account", display_name="Ada") for one in browsers))
    assert sorted(one.status_code for one in answers) == [200, 409]
