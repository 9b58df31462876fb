"""Codes: who gets one, where it is sent, what it is good for; and who tries otherwise."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from services.identity.commands import authorizations, clients
from services.identity.tables import AuthorizationCode
from shared.auth.principal import Principal, Role
from shared.auth.tokens import USERINFO_AUDIENCE
from shared.storage import locks
from tests.services.identity.oidc.provider import RETURN, Client, ProviderUnderTest, challenge_of
from tests.services.identity.people import PASSWORD, Person


def error_of(answer: httpx.Response) -> str:
    """The error an endpoint answers, in the form of RFC 6749."""
    assert answer.status_code in (400, 401), answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"])


async def test_a_client_is_told_no_more_than_it_was_granted(provider: ProviderUnderTest) -> None:
    client = await provider.register(scopes=["openid", "profile"])
    person = await provider.identity.join(Role.ADMIN)

    answer = await client.exchange(await client.code(person, scope="openid profile email offline_access demain"))

    tokens = answer.json()
    assert tokens["scope"] == "openid profile"
    assert "refresh_token" not in tokens, "nobody granted it offline access"
    told = await provider.identity.verifier().claims(tokens["access_token"], USERINFO_AUDIENCE)
    assert "roles" not in told
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    info = await provider.http.get("/oauth/userinfo", headers=bearer)
    assert info.json() == {"sub": str(person.id), "name": person.name}
    assert (await provider.http.get("/api/identity/me", headers=bearer)).status_code == 401, "it is no person's token"


async def test_the_site_is_given_all_its_people_may_do(provider: ProviderUnderTest) -> None:
    person, site = await provider.identity.join(Role.EDITOR), provider.site
    scope = "openid profile email offline_access demain"

    demand = await provider.demand(site.request(scope=scope))
    answer = await provider.sign_in_for(demand, person)
    sent = parse_qs(urlsplit(answer.json()["location"]).query)
    assert (sent["state"], sent["iss"]) == (["état+1"], [provider.issuer])
    tokens = (await site.exchange(sent["code"][0])).json()

    principal = await provider.identity.verifier().verify(tokens["access_token"])
    assert principal == Principal(person.id, frozenset({Role.CITIZEN, Role.EDITOR}))
    renewed = (await site.refresh(tokens["refresh_token"])).json()
    again = await provider.identity.verifier().verify(renewed["access_token"])
    assert again.signed_in_at == principal.signed_in_at, "a refresh is no sign-in"


async def test_the_password_is_given_to_the_site_alone(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    assert (await provider.sign_in_for(await provider.demand(client.request()), person)).status_code == 409
    assert (await provider.decide(await provider.demand(provider.site.request()), person)).status_code == 409


async def test_an_answer_is_given_once(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    id = await provider.demand(client.request())
    assert (
        (await provider.decide(id, person, granted=False))
        .json()["location"]
        .startswith(f"{RETURN}?error=access_denied")
    )
    assert (await provider.decide(id, person)).status_code == 410
    site = await provider.demand(provider.site.request())
    assert (await provider.sign_in_for(site, person)).status_code == 200
    assert (await provider.sign_in_for(site, person)).status_code == 410
    late = await provider.demand(client.request())
    await provider.identity.change("UPDATE authorization_request SET expires_at = now()")
    assert (await provider.decide(late, person)).status_code == 410
    assert (await provider.http.get(f"/api/identity/authorization-requests/{late}")).status_code == 410


async def test_no_answer_tells_whether_there_is_an_account(provider: ProviderUnderTest) -> None:
    person = await provider.identity.join()
    nobody = Person(person.id, "nobody@demain.example", "", {})
    answers = [
        await provider.sign_in_for(await provider.demand(provider.site.request()), one, "not the password")
        for one in (person, nobody)
    ]
    assert [one.status_code for one in answers] == [401, 401]
    assert len({one.text.replace(one.json()["instance"], "") for one in answers}) == 1


async def test_guesses_are_slowed_here_as_elsewhere(provider: ProviderUnderTest) -> None:
    person = await provider.identity.join()
    id = await provider.demand(provider.site.request())
    answers = [(await provider.sign_in_for(id, person, "wrong")).status_code for _ in range(7)]
    assert answers == [401] * 5 + [429] * 2
    assert (await provider.identity.sign_in(person)).status_code == 429, "both ways in count alike"


async def test_an_unverified_address_gets_no_code(provider: ProviderUnderTest) -> None:
    person = await provider.identity.join()
    await provider.identity.change("UPDATE account SET verified_at = NULL")
    assert (await provider.sign_in_for(await provider.demand(provider.site.request()), person)).status_code == 403
    assert await provider.identity.rows("SELECT 1 FROM authorization_code") == []


async def test_a_code_shown_again_ends_what_it_gave(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    elsewhere = await client.tokens(person)
    code = await client.code(person)
    tokens = (await client.exchange(code)).json()
    renewed = (await client.refresh(tokens["refresh_token"])).json()

    assert error_of(await client.exchange(code)) == "invalid_grant"

    assert error_of(await client.refresh(renewed["refresh_token"])) == "invalid_grant"
    assert (await client.refresh(elsewhere["refresh_token"])).status_code == 200, "and no other sign-in"


async def test_a_code_is_good_for_a_minute(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    code = await client.code(person)
    [(left,)] = await provider.identity.rows("SELECT extract(epoch FROM expires_at - now()) FROM authorization_code")
    assert 50 < left <= 60
    await provider.identity.change("UPDATE authorization_code SET expires_at = now()")
    assert error_of(await client.exchange(code)) == "invalid_grant"


async def test_a_changed_password_makes_codes_worthless(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    code = await client.code(person)
    body = {"present": PASSWORD, "password": PASSWORD + "!"}
    await provider.identity.http.post(
        "/api/identity/me/password",
        json=body,
        headers={"Authorization": f"Bearer {(await provider.identity.signed_in(person))['access_token']}"},
    )
    assert error_of(await client.exchange(code)) == "invalid_grant"


INCOMPLETE: list[tuple[dict[str, str | None], str]] = [
    ({"code_verifier": "x" * 43}, "invalid_grant"),
    ({"code_verifier": None}, "invalid_request"),
    ({"code_verifier": "short"}, "invalid_request"),
    ({"redirect_uri": RETURN + "/"}, "invalid_grant"),
    ({"redirect_uri": None}, "invalid_grant"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": None}, "unsupported_grant_type"),
    ({"code": None}, "invalid_request"),
    ({"code": "a\0b"}, "invalid_request"),
    ({"code": "deviné"}, "invalid_grant"),
]


async def test_a_code_without_all_that_belongs_to_it_is_refused(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    for change, error in INCOMPLETE:
        assert error_of(await client.exchange(await client.code(person), **change)) == error, change


async def test_a_code_whose_verifier_was_guessed_at_is_burnt(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    code = await client.code(await provider.identity.join())
    assert error_of(await client.exchange(code, code_verifier="x" * 43)) == "invalid_grant"
    assert error_of(await client.exchange(code)) == "invalid_grant"


async def test_the_challenge_itself_is_no_verifier(provider: ProviderUnderTest) -> None:
    """Nobody who saw the request (it went through the browser) can use the code."""
    client = await provider.register()
    code = await client.code(await provider.identity.join())
    assert error_of(await client.exchange(code, code_verifier=challenge_of(client.verifier))) == "invalid_grant"


async def test_a_code_of_another_client_is_refused_and_stays_good(provider: ProviderUnderTest) -> None:
    client, other = await provider.register(), await provider.register(name="Un autre")
    code = await client.code(await provider.identity.join())
    assert error_of(await other.exchange(code, code_verifier=client.verifier)) == "invalid_grant"
    assert (await client.exchange(code)).status_code == 200


NOT_ASKED_FOR: list[dict[str, str | None]] = [
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"code_challenge_method": None},
    {"code_challenge": None},
    {"code_challenge": "short"},
    {"scope": "profile"},
    {"scope": None},
    {"response_type": "token"},
    {"response_type": "code id_token"},
    {"response_type": None},
    {"prompt": "none"},
    {"prompt": "none login"},
    {"max_age": "hier"},
]


@pytest.mark.parametrize("public", [False, True])
async def test_what_a_client_may_not_ask_for_is_said_to_it(provider: ProviderUnderTest, public: bool) -> None:
    client = await provider.register(public=public)
    for change in NOT_ASKED_FOR:
        answer = await provider.authorize(client.request(**change))

        sent = urlsplit(answer.headers["location"])
        assert f"{sent.scheme}://{sent.netloc}{sent.path}" == RETURN, change
        said = parse_qs(sent.query)
        known = {"invalid_request", "invalid_scope", "unsupported_response_type", "login_required"}
        assert said["error"][0] in known, change
        assert (said["state"], said["iss"]) == (["état+1"], [provider.issuer])
        assert "code" not in said
    assert await provider.identity.rows("SELECT 1 FROM authorization_request") == []


NOWHERE = [
    None,
    "https://evil.example/retour",
    RETURN + "/..",
    RETURN + "/",
    RETURN + "?",
    RETURN + "?suite=https://evil.example",
    RETURN + "#fragment",
    "https://atelier.example/",
    "https://atelier.example/retou",
    "https://atelier.example@evil.example/retour",
    "https://atelier.example:443/retour",
    "https://ATELIER.example/retour",
    "http://atelier.example/retour",
    "//atelier.example/retour",
    "/retour",
    "javascript:alert(1)",
    "https://atelier.example/retour\n",
    "https://atelier.example\\@evil.example/retour",
    "https://atelier.exämple/retour",
]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("broken", [False, True])
async def test_nobody_is_sent_where_no_client_is(provider: ProviderUnderTest, accept: str, broken: bool) -> None:
    client = await provider.register()
    for elsewhere in NOWHERE:
        asked = client.request(redirect_uri=elsewhere, **({"response_type": "token"} if broken else {}))
        answer = await provider.authorize(asked, headers={"Accept": accept})
        assert answer.status_code == (400 if accept == "application/json" else 303), elsewhere
        assert answer.headers.get("location", "/connexion/refusee") == "/connexion/refusee"


async def test_two_addresses_to_return_to_are_none(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    query = urlencode(client.request()) + "&" + urlencode({"redirect_uri": "https://evil.example/"})
    assert error_of(await provider.authorize(query)) == "invalid_request"
    twice = urlencode(client.request()) + "&scope=openid"
    assert error_of(await provider.authorize(twice)) == "invalid_request"


@pytest.mark.parametrize("id", ["nobody", ""])
async def test_an_unknown_client_is_refused_here(provider: ProviderUnderTest, id: str) -> None:
    client = await provider.register()
    assert error_of(await provider.authorize(client.request(client_id=id))) in {"invalid_client", "invalid_request"}


async def test_a_client_that_was_removed_meanwhile_gets_nothing(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    tokens, code, id = await client.tokens(person), await client.code(person), await provider.demand(client.request())
    async with provider.identity.service.database.transaction() as session:
        assert await clients.remove(session, client.id)
        assert not await clients.remove(session, client.id)
    assert (await provider.decide(id, person)).status_code == 410
    assert error_of(await client.exchange(code)) == "invalid_client"
    assert error_of(await client.refresh(tokens["refresh_token"])) == "invalid_client"


async def test_a_form_asks_as_an_address_does(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    answer = await provider.http.post("/oauth/authorize", data=client.request(ui_locales="de en-GB fr"))
    assert answer.headers["location"].startswith("/en/connexion?demande=")


async def test_who_must_sign_in_again_does(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    old = (await provider.identity.signed_in(person))["access_token"]
    await provider.identity.change("UPDATE sign_in SET created_at = created_at - interval '1 hour'")
    old_refresh = (await provider.identity.signed_in(person))["refresh_token"]
    await provider.identity.change("UPDATE sign_in SET created_at = created_at - interval '1 hour'")
    old = (await provider.identity.refresh(old_refresh)).json()["access_token"]
    for wanted in ({"prompt": "login"}, {"max_age": "60"}):
        id = await provider.demand(client.request(**wanted))
        asked = (await provider.http.get(f"/api/identity/authorization-requests/{id}")).json()
        assert asked["signed_in_since"] is not None
        path = f"/api/identity/authorization-requests/{id}/decision"
        answer = await provider.http.post(path, json={"granted": True}, headers={"Authorization": f"Bearer {old}"})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:demain:problem:sign-in-again")
        assert (await provider.decide(id, person)).status_code == 200


async def _race(provider: ProviderUnderTest, client: Client, person: Person, runners: int) -> list[httpx.Response]:
    code = await client.code(person)
    return list(await asyncio.gather(*(client.exchange(code) for _ in range(runners))))


async def test_of_many_exchanges_of_one_code_one_wins_and_what_it_gave_ends(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    for _ in range(4):
        answers = await _race(provider, client, person, 5)
        won = [one.json() for one in answers if one.status_code == 200]
        assert len(won) == 1
        assert {one.json()["error"] for one in answers if one.status_code != 200} == {"invalid_grant"}
        assert error_of(await client.refresh(won[0]["refresh_token"])) == "invalid_grant"


async def test_without_the_lock_more_than_one_would_win(
    provider: ProviderUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what the race looks like when nothing stands in its way."""
    client, person = await provider.register(), await provider.identity.join()
    code = await client.code(person)
    both_have_read = asyncio.Barrier(2)

    async def unlocked(session: Any, entity: type[Any], id: Any) -> Any:
        return await session.get(entity, id)

    async def together(session: Any, digest: bytes) -> AuthorizationCode | None:
        found: AuthorizationCode | None = await session.get(AuthorizationCode, digest)
        await both_have_read.wait()
        return found

    assert authorizations.lock is locks.lock
    monkeypatch.setattr(authorizations, "lock", unlocked)
    monkeypatch.setattr(authorizations, "_shown", together)
    async with asyncio.timeout(20):
        answers = await asyncio.gather(client.exchange(code), client.exchange(code))

    assert [one.status_code for one in answers] == [200, 200]
