"""One's own ways in: linking, unlinking, and who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.services.identity.outside.conftest import Between
from tests.services.identity.outside.test_arriving import ADA, opened
from tests.support.service import QueryCounter

OWN = "/api/identity/me/outside-identities"


async def test_who_is_signed_in_links_and_unlinks(between: Between) -> None:
    person = await between.identity.join()
    token, browser = await between.token_of(person), between.browser()
    sent = await browser.post("me/outside-identities", bearer=token)
    assert sent.status_code == 200, sent.text

    landed = await browser.back(sent.json()["location"], token=token, **ADA)

    assert landed.json()["outcome"] == "linked"
    headers = {"Authorization": f"Bearer {token}"}
    ways = (await between.http.get(OWN, headers=headers)).json()
    assert ways["has_password"] is True
    [link] = ways["items"]
    assert (link["provider"], link["usable"]) == ("Ailleurs", True)
    other = between.browser()
    assert await other.let_in(await other.arrive(**ADA)) == str(person.id)
    assert (await between.http.delete(f"{OWN}/{link['id']}", headers=headers)).status_code == 204
    assert (await between.http.delete(f"{OWN}/{link['id']}", headers=headers)).status_code == 404
    assert (await between.browser().arrive(**ADA)).json()["outcome"] == "arrived"
    kinds = await between.identity.rows("SELECT kind FROM account_event ORDER BY id")
    assert [one[0] for one in kinds] == ["provider-linked", "provider-unlinked"]


async def test_the_only_way_in_stays(between: Between) -> None:
    browser = between.browser()
    await browser.arrive(**ADA)
    answer = await browser.post("arrivals/account", display_name="Ada")
    code = answer.json()["location"].partition("code=")[2].partition("&")[0]
    token = (await between.site.exchange(code)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    ways = (await between.http.get(OWN, headers=headers)).json()
    assert ways["has_password"] is False
    path = f"{OWN}/{ways['items'][0]['id']}"
    refused = await between.http.delete(path, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:demain:problem:last-way-in")

    # The mail for a forgotten password leads to the first one.
    await between.http.post("/api/identity/resets/mails", json={"email": "ada@ailleurs.example"})
    secret = await between.identity.secret_of("nouveau-mot-de-passe")
    reset = await between.http.post("/api/identity/resets", json={"token": secret, "password": "un mot choisi après"})
    assert reset.status_code == 204
    assert (await between.http.delete(path, headers=headers)).status_code == 204


async def test_nobody_unlinks_what_is_anothers(between: Between) -> None:
    await opened(between)
    [[id]] = await between.identity.rows("SELECT id FROM federated_identity")
    stranger = await between.token_of(await between.identity.join())
    answer = await between.http.delete(f"{OWN}/{id}", headers={"Authorization": f"Bearer {stranger}"})
    assert answer.status_code == 404


async def test_an_identity_of_another_account_is_not_linked(between: Between) -> None:
    await opened(between)
    person = await between.identity.join()
    token, browser = await between.token_of(person), between.browser()
    sent = await browser.post("me/outside-identities", bearer=token)
    landed = await browser.back(sent.json()["location"], token=token, **ADA)
    assert (landed.status_code, landed.json()["type"]) == (409, "urn:demain:problem:linked-elsewhere")


async def test_only_who_set_out_is_linked(between: Between) -> None:
    """Else somebody whose browser is led to the end of a stranger's way would have the stranger in their account."""
    one, other = await between.identity.join(), await between.identity.join()
    token, browser = await between.token_of(one), between.browser()
    for shown in (None, await between.token_of(other)):
        sent = await browser.post("me/outside-identities", bearer=token)
        landed = await browser.back(sent.json()["location"], token=shown, **ADA)
        assert landed.status_code == 400, landed.text
    sent = await browser.post("me/outside-identities", bearer=token)
    landed = await between.browser().back(sent.json()["location"], token=token, **ADA)
    assert landed.status_code == 400, "in another browser"
    assert await between.identity.rows("SELECT * FROM federated_identity") == []


async def test_who_signed_in_long_ago_shows_once_more_who_they_are(between: Between) -> None:
    person = await between.identity.join()
    tokens = await between.identity.signed_in(person)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    await between.identity.change("UPDATE sign_in SET created_at = :at", at=long_ago)
    token = (await between.identity.refresh(tokens["refresh_token"])).json()["access_token"]
    refused = await between.browser().post("me/outside-identities", bearer=token)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:demain:problem:sign-in-again")
    answer = await between.http.delete(f"{OWN}/{person.id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


async def test_when_they_showed_who_they_are_is_when_they_did_it_there(between: Between) -> None:
    await opened(between)
    browser = between.browser()
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    between.other.claims = {"auth_time": hour_ago}
    answer = await browser.arrive(**ADA)
    code = answer.json()["location"].partition("code=")[2].partition("&")[0]
    token = (await between.site.exchange(code)).json()["access_token"]
    assert (await browser.post("me/outside-identities", bearer=token)).status_code == 403
    address = await browser.set_out(prompt="login")
    assert "prompt=login" in address and "max_age=0" in address


async def test_there_are_not_too_many_links(between: Between) -> None:
    person = await between.identity.join()
    token = await between.token_of(person)
    for number in range(11):
        browser = between.browser()
        sent = await browser.post("me/outside-identities", bearer=token)
        landed = await browser.back(sent.json()["location"], token=token, sub=f"ada-{number}")
        assert landed.status_code == (200 if number < 10 else 409), landed.text


async def test_a_list_of_many_links_asks_no_more_than_one_of_none(between: Between) -> None:
    person = await between.identity.join()
    headers = {"Authorization": f"Bearer {await between.token_of(person)}"}
    await between.http.get(OWN, headers=headers)  # so that keys are known
    counts = []
    for number in range(3):
        with QueryCounter(between.identity.service.database) as counter:
            assert len((await between.http.get(OWN, headers=headers)).json()["items"]) == number
        counts.append(counter.count)
        await between.identity.change(
            "INSERT INTO federated_identity (id, issuer, subject, account_id, linked_at, used_at)"
            " VALUES (gen_random_uuid(), :issuer, :subject, :id, now(), now())",
            issuer=between.other.issuer, subject=f"s{number}", id=person.id,
        )  # fmt: skip
    assert len(set(counts)) == 1
