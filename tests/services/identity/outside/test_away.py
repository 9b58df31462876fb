"""A provider that is away, or says of itself what cannot be: its button says so, health is degraded, no more."""

from __future__ import annotations

from typing import Any

import pytest

from services.identity.outside import discovery
from services.identity.outside.asking import ProviderAway
from services.identity.outside.discovery import read
from services.identity.outside.watch import Watch
from tests.services.identity.outside.conftest import Between
from tests.services.identity.outside.test_arriving import ADA
from tests.services.identity.people import IdentityUnderTest

ISSUER = "https://accounts.example.org/realms/city"
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


async def providers(between: Between) -> list[dict[str, Any]]:
    answer = await between.http.get("/api/identity/outside-providers")
    assert answer.headers["cache-control"] == "no-store"
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_without_another_provider_there_is_none(identity: IdentityUnderTest) -> None:
    assert (await identity.http.get("/api/identity/outside-providers")).json() == {"items": []}
    answer = await identity.http.post("/api/identity/outside-returns", json={"browser": "x" * 20})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:demain:problem:no-outside-provider")
    watch = Watch(identity.service.resources)
    await watch.run()
    assert watch.complaint() is None


async def test_a_provider_that_goes_away_and_comes_back(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(between.identity.service.resources)
    await watch.look()
    assert watch.complaint() is None
    assert await providers(between) == [{"name": "Ailleurs", "host": "127.0.0.1", "away": False}]

    monkeypatch.setattr("services.identity.outside.watch.LOOK_EVERY", 0)
    between.other.down = True
    await watch.look()
    assert "nobody comes in through 127.0.0.1: it answers 503" in (watch.complaint() or "")
    [shown] = await providers(between)
    assert shown["away"] is True
    assert (await between.identity.sign_in(await between.identity.join())).status_code == 200

    between.other.down = False
    await watch.look()
    assert watch.complaint() is None
    assert (await between.browser().arrive(**ADA)).status_code == 200


async def test_who_is_on_the_way_when_it_goes_away_is_told_so(between: Between) -> None:
    browser = between.browser()
    back = between.other.approve(await browser.set_out(), **ADA)
    between.other.down = True
    answer = await browser.post("outside-returns", **back)
    assert (answer.status_code, answer.json()["type"]) == (424, "urn:demain:problem:outside-provider-away")


async def test_a_document_of_another_issuer_is_refused(between: Between) -> None:
    between.other.metadata = {"issuer": "https://evil.example"}
    [shown] = await providers(between)
    assert shown["away"] is True
    id = await between.provider.demand(between.site.request())
    assert (await between.browser().post(f"authorization-requests/{id}/outside")).status_code == 424


def test_a_document_that_is_right_is_read() -> None:
    found = read(DOCUMENT, ISSUER)
    assert found.algorithms == {"RS256"} and found.proving == {"client_secret_basic"} and not found.names_itself


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": ISSUER + "/"}, {"issuer": ISSUER.upper()}, {"issuer": None}, {"token_endpoint": None},
        {"jwks_uri": "http://accounts.example.org/keys"}, {"token_endpoint": "http://127.0.0.1/token"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"userinfo_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "https://"}, {"jwks_uri": "https://[::1"}, {"jwks_uri": 4},
    ],
    ids=str,
)  # fmt: skip
def test_a_document_that_is_wrong_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ProviderAway):
        read({**DOCUMENT, **changed}, ISSUER)


async def test_it_is_not_asked_more_often_than_it_takes(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "NOT_SOONER_THAN", 1000)
    between.other.down = True
    for _ in range(4):
        await providers(between)
    assert between.other.asked.count("/.well-known/openid-configuration") == 1
