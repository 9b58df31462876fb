"""Mails: what they say, when they go out, and that none is lost while the mail server is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any
from uuid import uuid4

import pytest
import structlog

from services.identity.letters.kinds import LINKS, Kind
from services.identity.letters.postman import Postman
from services.identity.letters.writing import write
from shared.mail.port import Mail, MailAway, MailRefused
from shared.runtime.health import Condition, Watched
from tests.services.identity.people import PASSWORD, IdentityUnderTest, KeptMails
from tests.support.waiting import eventually


def postman(identity: IdentityUnderTest, mails: Any) -> Postman:
    return Postman(replace(identity.service.resources, mail=mails, site_url="https://demain.test"))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", Kind)
def test_every_mail_is_written_in_both_languages(kind: Kind, language: str) -> None:
    site = "https://demain.test" + ("" if language == "fr" else "/en")
    link = f"{site}{LINKS[kind][0]}?jeton=abc" if kind in LINKS else f"{site}/"
    mail = write(
        uuid4(), kind, language, to="a@b.example", name="Léa <b>", site=site, link=link, provider="Ville & Cie"
    )

    assert "\n" not in mail.subject
    named = kind not in (Kind.CHANGE, Kind.ERASED, Kind.ARRIVAL)
    about_another = kind in (Kind.ARRIVAL, Kind.JOIN, Kind.LINKED)
    assert ("Ville & Cie" in mail.text) == ("Ville &amp; Cie" in mail.html) == about_another
    assert ("Bonjour" if language == "fr" else "Hello") + (" Léa <b>," if named else ",") in mail.text
    assert ("Léa &lt;b&gt;," in mail.html) == named
    assert f'<html lang="{language}">' in mail.html
    if kind in LINKS:
        assert f"\n{link}\n" in mail.text
        assert f'<a href="{link}">' in mail.html
    for paragraph in mail.text.strip().split("\n\n"):
        assert escape(paragraph.split("\n")[0]) in mail.html
    assert "{" not in mail.text + mail.html.partition("<body")[2].partition(">")[2]


async def test_a_strangers_text_is_in_no_mail_to_who_did_not_verify(identity: IdentityUnderTest) -> None:
    await identity.sign_up("victim@demain.example", "Win at evil.example")
    await identity.http.post("/api/identity/resets/mails", json={"email": "victim@demain.example"})

    for mail in await identity.post():
        assert "evil" not in mail.subject + mail.text + mail.html


async def test_mails_speak_the_language_they_were_asked_for_in(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email, "language": "en"})

    [mail] = await identity.post()
    assert (mail.language, mail.subject) == ("en", "Choose a new password")
    assert "https://demain.test/en/nouveau-mot-de-passe?jeton=" in mail.text


async def test_what_is_not_committed_sends_no_mail(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await identity.change("ALTER TABLE account ADD CONSTRAINT ck_account_nobody CHECK (email = 'x') NOT VALID")

    assert (await identity.sign_up("a@demain.example")).status_code == 500
    assert await identity.post() == []


@pytest.mark.parametrize("path", ["resets", "verifications"])
async def test_nobody_gets_no_mail(identity: IdentityUnderTest, path: str) -> None:
    forgotten = await identity.join()
    await identity.change("UPDATE account SET forgotten_at = now()")
    for email in ("nobody@demain.example", forgotten.email):
        await identity.http.post(f"/api/identity/{path}/mails", json={"email": email})

    assert await identity.post() == []
    assert await identity.rows("SELECT * FROM letter") == []


async def test_no_mail_verifies_an_account_again(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/verifications/mails", json={"email": person.email})

    assert await identity.post() == []


async def test_nothing_is_lost_while_the_mail_server_is_away(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    mails = KeptMails(MailAway("ConnectionRefusedError"))
    working = postman(identity, mails)
    watched = Watched("postman", working.complaint)

    waits = []
    for _ in range(4):
        assert await working.deliver_one()
        [(attempts, wait)] = await identity.rows("SELECT attempts, extract(epoch FROM due_at - now()) FROM letter")
        waits.append((attempts, round(float(wait), -1) or 5))
        assert not await working.deliver_one(), "not before its time"
        await identity.change("UPDATE letter SET due_at = now()")
    assert [attempts for attempts, _ in waits] == [1, 2, 3, 4]
    assert watched.part().condition is Condition.DEGRADED
    assert watched.part().why == "1 mail(s) wait: ConnectionRefusedError"

    mails.trouble = None
    assert await working.deliver_one()
    assert [mail.to for mail in mails.mails] == [person.email]
    assert working.complaint() is None
    assert await identity.rows("SELECT * FROM letter") == []


async def test_a_mail_refused_for_good_is_not_tried_again(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})

    assert await postman(identity, KeptMails(MailRefused("code 550"))).deliver_one()
    assert await identity.rows("SELECT * FROM letter") == []


async def test_a_mail_is_given_up_after_days(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    await identity.change("UPDATE letter SET created_at = now() - interval '4 days'")

    assert await postman(identity, KeptMails(MailAway("away"))).deliver_one()
    assert await identity.rows("SELECT * FROM letter") == []


async def test_a_process_that_dies_while_sending_leaves_the_mail_to_another(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})

    class Dying(KeptMails):
        async def send(self, mail: Mail) -> None:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await postman(identity, Dying()).deliver_one()
    assert await identity.post() == [], "it is the other's for a while"
    await identity.change("UPDATE letter SET due_at = now()")
    assert [mail.to for mail in await identity.post()] == [person.email]


async def test_several_postmen_send_each_mail_once(identity: IdentityUnderTest) -> None:
    people = [await identity.join() for _ in range(8)]
    for person in people:
        await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    mails = KeptMails()

    async def deliver(working: Postman) -> None:
        while await working.deliver_one():
            pass

    await asyncio.gather(*(deliver(postman(identity, mails)) for _ in range(3)))
    while await postman(identity, mails).deliver_one():
        pass
    assert sorted(mail.to for mail in mails.mails) == sorted(person.email for person in people)


async def test_the_worker_delivers_by_itself(identity: IdentityUnderTest) -> None:
    mails = KeptMails()
    working = asyncio.create_task(postman(identity, mails).run())
    try:
        await identity.sign_up("a@demain.example")
        await eventually(lambda: bool(mails.mails))
    finally:
        working.cancel()


async def test_old_links_accounts_nobody_verified_and_counts_are_swept(identity: IdentityUnderTest) -> None:
    kept = await identity.join()
    await identity.sign_up("old@demain.example")
    await identity.sign_up("new@demain.example")
    await identity.post()
    await identity.http.post("/api/identity/resets/mails", json={"email": kept.email})
    await identity.post()
    await identity.change(
        "UPDATE account SET created_at = now() - interval '8 days' WHERE email <> 'new@demain.example'"
    )
    await identity.change("UPDATE mail_token SET expires_at = now() - interval '1 s' WHERE purpose = 'reset'")
    await identity.change("UPDATE attempt SET forget_at = now() - interval '1 s'")

    await postman(identity, KeptMails()).keep_house()

    assert {one.email for one in await identity.rows("SELECT email FROM account")} == {kept.email, "new@demain.example"}
    assert [one.purpose for one in await identity.rows("SELECT purpose FROM mail_token")] == ["verify"]
    assert await identity.rows("SELECT * FROM attempt") == []


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """Everything that is logged meanwhile."""
    with structlog.testing.capture_logs() as entries:
        yield entries


async def test_neither_addresses_nor_links_are_logged(identity: IdentityUnderTest, logged: list[Any]) -> None:
    await identity.sign_up("a@demain.example", "Léa Martin")
    mails = KeptMails(MailAway("away"))
    working = postman(identity, mails)
    await working.deliver_one()
    await identity.change("UPDATE letter SET due_at = now()")
    mails.trouble = MailRefused("code 550")
    await working.deliver_one()
    await identity.http.post("/api/identity/resets/mails", json={"email": "a@demain.example"})
    secret = await identity.secret_of("nouveau-mot-de-passe")
    await identity.http.post("/api/identity/resets", json={"token": secret, "password": PASSWORD})

    said = repr(logged)
    assert "mails wait" in said and "refused for good" in said
    for one in ("a@demain.example", "Léa Martin", secret, PASSWORD):
        assert one not in said
