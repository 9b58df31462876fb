"""The site as a client of the provider: what comes back to it signs somebody in only where it was begun."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from services.web.signing_in import NotFinished, check_id_token
from services.web.tables import PendingSignIn
from shared.clients.provider import SITE_ID, ProviderTokens
from shared.storage.database import Database
from tests.services.web.conftest import browser_of
from tests.services.web.neighbours import World
from tests.services.web.neighbours.provider import ATELIER, KEY, Provided, keys
from tests.services.web.reading import come_back, reach, send, sign_in, sign_in_page

INES, PASSWORD = "ines@demain.example", "correct horse battery"


async def way_back(browser: httpx.AsyncClient, email: str = INES) -> str:
    """Where the provider sends a browser back to, not followed yet."""
    sent = await send(browser, await sign_in_page(browser), "email", email=email, password=PASSWORD)
    location = sent.headers["location"]
    assert location.startswith("/connexion/retour?"), "on whatever host the browser reached the site"
    return str(location)


def changed(address: str, **parameters: str) -> str:
    """The address with other parameters."""
    parts = urlsplit(address)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | parameters)}"


async def test_a_sign_in_is_begun_with_a_challenge_and_nothing_secret(
    browser: httpx.AsyncClient, database: Database, world: World
) -> None:
    answer = await browser.get("/en/connexion", params={"suite": "/en/contributions/nouvelle"})

    asked = urlsplit(answer.headers["location"])
    assert (asked.netloc, asked.path) == ("", "/oauth/authorize")
    parameters = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert parameters["redirect_uri"] == "http://demain.test/en/connexion/retour"
    assert (parameters["client_id"], parameters["code_challenge_method"]) == (SITE_ID, "S256")
    assert parameters["ui_locales"] == "en"
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "demain_sign_in" in one]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    async with database.reading() as session:
        pending = await session.get(PendingSignIn, hashlib.sha256(parameters["state"].encode()).digest())
    assert pending is not None
    assert pending.verifier not in answer.headers["location"] + cookie
    await come_back(
        browser,
        await send(browser, await reach(browser, answer.headers["location"]), "email", email=INES, password=PASSWORD),
    )
    assert world.of(Provided).verified_with[-1] == pending.verifier


async def refused(browser: httpx.AsyncClient, address: str) -> None:
    answer = await browser.get(address)
    assert answer.status_code == 400, answer.headers
    assert "n’a pas abouti" in answer.text
    assert "demain_session" not in answer.headers.get("set-cookie", "")


async def test_a_return_is_good_once(browser: httpx.AsyncClient, world: World) -> None:
    back = await way_back(browser)
    assert (await browser.get(back)).headers["location"] == "/mon-espace"
    await refused(browser, back)
    assert world.calls.count("identity.exchange") == 1


async def test_another_state_is_refused_before_the_code_is_shown(browser: httpx.AsyncClient, world: World) -> None:
    back = await way_back(browser)
    for state in ("", "deviné"):
        await refused(browser, changed(back, state=state))
    assert "identity.exchange" not in world.calls
    assert (await browser.get(back)).status_code == 303, "the true one is good still"


async def test_a_code_in_somebody_elses_browser_is_worth_nothing(
    app: FastAPI, browser: httpx.AsyncClient, world: World
) -> None:
    """An attacker sends the address their own sign-in came back with: nobody may find themselves in their account."""
    attackers = await way_back(browser, "citoyen@demain.example")
    async with browser_of(app) as victim:
        await refused(victim, attackers)
        await sign_in_page(victim)
        await refused(victim, attackers)
    assert "identity.exchange" not in world.calls


async def test_a_code_of_another_sign_in_is_refused(app: FastAPI, browser: httpx.AsyncClient, world: World) -> None:
    """A stolen code put into one's own return: the verifier is that of another sign-in (RFC 9700, 4.5)."""
    async with browser_of(app) as victim:
        stolen = parse_qs(urlsplit(await way_back(victim)).query)["code"][0]
    own = await way_back(browser, "citoyen@demain.example")
    await refused(browser, changed(own, code=stolen))
    assert "identity.exchange" in world.calls
    assert "demain_session" not in browser.cookies


async def test_the_answer_of_another_provider_is_refused(browser: httpx.AsyncClient, world: World) -> None:
    await refused(browser, changed(await way_back(browser), iss="https://evil.example"))
    await refused(browser, (await way_back(browser)).partition("&iss=")[0])
    assert "identity.exchange" not in world.calls


async def test_a_refusal_of_the_provider_is_said(browser: httpx.AsyncClient) -> None:
    back = dict(parse_qsl(urlsplit(await way_back(browser)).query))
    del back["code"]
    await refused(browser, f"/connexion/retour?{urlencode({**back, 'error': 'server_error'})}")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"iss": "https://evil.example"}, {"aud": "somebody-else"}, {"exp": 1_700_000_000},
        {"at_hash": "of-another-token"},
    ],
)  # fmt: skip
async def test_an_id_token_that_says_something_else_signs_nobody_in(
    browser: httpx.AsyncClient, world: World, claims: dict[str, Any]
) -> None:
    world.of(Provided).claims = claims
    await refused(browser, await way_back(browser))


async def test_tokens_of_two_people_sign_nobody_in(browser: httpx.AsyncClient, world: World) -> None:
    world.of(Provided).claims = {"sub": world.accounts["citoyen@demain.example"].id}
    assert (await browser.get(await way_back(browser))).status_code == 500
    assert "demain_session" not in browser.cookies


def test_id_tokens_that_are_not_the_providers_are_refused() -> None:
    half = base64.urlsafe_b64encode(hashlib.sha256(b"a").digest()[:16]).decode().rstrip("=")
    later = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    claims = {"iss": "i", "aud": SITE_ID, "sub": "s", "nonce": "n", "exp": later, "at_hash": half}
    tokens = lambda text: ProviderTokens(access_token="a", expires_in=1, refresh_token="r", id_token=text)  # noqa: E731
    good = jwt.encode({"alg": "RS256", "kid": KEY.kid}, claims, KEY)
    assert check_id_token(tokens(good), keys(), issuer="i", nonce="n") == "s", "what the attacks are made from is good"

    header, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": KEY.kid}).encode()).decode().rstrip("=")
    public = KEY.as_pem(private=False)
    bad = [
        "",
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        jwt.encode({"alg": "HS256", "kid": KEY.kid}, claims, OctKey.import_key(public[:60])),
        jwt.encode({"alg": "RS256", "kid": KEY.kid}, claims, RSAKey.generate_key(2048)),
        f"{header}.{body}.{signature[::-1]}",
    ]
    for text in bad:
        with pytest.raises(NotFinished):
            check_id_token(tokens(text), keys(), issuer="i", nonce="n")


async def test_a_request_that_waited_too_long_is_begun_again(browser: httpx.AsyncClient, world: World) -> None:
    page = await sign_in_page(browser, "/en/connexion?" + urlencode({"suite": "/en/contributions/nouvelle"}))
    world.of(Provided).requests.clear()
    over = await send(browser, page, "email", email=INES, password=PASSWORD)
    assert over.headers["location"] == "/en/connexion?suite=%2Fen%2Fcontributions%2Fnouvelle"
    page = await sign_in_page(browser, over.headers["location"])
    assert "had expired" in page.text
    done = await come_back(browser, await send(browser, page, "email", email=INES, password=PASSWORD))
    assert done.headers["location"] == "/en/contributions/nouvelle"
    again = await browser.get("/connexion?demande=nobodys")
    assert again.headers["location"] == "/connexion"


async def test_another_site_is_let_know_who_one_is_when_one_says_so(browser: httpx.AsyncClient, world: World) -> None:
    demande = world.of(Provided).keep(ATELIER)
    asked = await browser.get(f"/connexion?demande={demande}")
    assert asked.headers["location"] == f"/connexion?suite=%2Fconnexion%3Fdemande%3D{demande}", "signs in first"
    page = await sign_in_page(browser, asked.headers["location"])
    back = await come_back(browser, await send(browser, page, "email", email=INES, password=PASSWORD))
    assert back.headers["location"] == f"/connexion?demande={demande}"

    page = await browser.get(back.headers["location"])
    assert page.status_code == 200
    for said in (
        "L’Atelier &lt;des cartes&gt;",
        "atelier.example",
        "votre nom sur Demain",
        "adresse e-mail",
        "Inès Moreau",
    ):
        assert said in page.text
    assert "trente jours" not in page.text, "that was not asked for"
    assert "form-action 'self' https://atelier.example" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"

    sent = await send(browser, page, "demande", accord="oui")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("https://atelier.example/retour?code=")
    assert world.of(Provided).decisions == [True]


async def test_another_site_is_refused_when_one_says_no_or_nothing(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, INES)
    for said in ({"accord": "non"}, {}):
        demande = world.of(Provided).keep(ATELIER)
        sent = await send(browser, await browser.get(f"/connexion?demande={demande}"), "demande", **said)
        assert "error=access_denied" in sent.headers["location"]
    assert world.of(Provided).decisions == [False, False]
    over = await send(browser, await browser.get(f"/connexion?demande={world.of(Provided).keep(ATELIER)}"), "demande")
    assert over.status_code == 303


async def test_consent_is_asked_for_by_our_own_form_alone(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, INES)
    demande = world.of(Provided).keep(ATELIER)
    forged = {"demande": demande, "accord": "oui"}
    foreign = await browser.post("/connexion/accord", data=forged, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    stale = await browser.post("/connexion/accord", data={**forged, "form_token": "0" * 64})
    assert stale.status_code == 422
    assert world.of(Provided).decisions == []
    assert (await send(browser, stale, "demande", accord="oui")).status_code == 303


async def test_a_sign_in_that_is_older_than_the_other_site_wants_is_repeated(
    browser: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(browser, INES)
    provided = world.of(Provided)
    demande = provided.keep(ATELIER)
    described = Provided.described
    since = datetime.now(UTC)

    def wanting(self: Provided, id: str) -> Any:
        found = described(self, id)
        return found if found.is_site else found.model_copy(update={"signed_in_since": since})

    monkeypatch.setattr(Provided, "described", wanting)
    first = await browser.get(f"/connexion?demande={demande}")
    assert "encore=1" in first.headers["location"]
    page = await sign_in_page(browser, first.headers["location"])
    back = await come_back(browser, await send(browser, page, "email", email=INES, password=PASSWORD))
    assert (await browser.get(back.headers["location"])).status_code == 200


@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_a_request_no_site_may_make_is_a_page_that_says_so(browser: httpx.AsyncClient, prefix: str) -> None:
    page = await browser.get(f"{prefix}/connexion/refusee")
    assert page.status_code == 400
    assert ("pas valable" if not prefix else "not valid") in page.text
