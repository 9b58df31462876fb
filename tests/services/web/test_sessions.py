"""Sessions: what the browser holds is worth nothing elsewhere, and two requests never use one token twice."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.web.forms import local_path
from services.web.sessions import IDLE, Sessions
from shared.clients.identity import IdentityClient
from shared.clients.provider import ProviderClient, ProviderTokens
from shared.storage.database import Database
from tests.services.web.conftest import browser_of, site_app
from tests.services.web.neighbours import Neighbours, World
from tests.services.web.neighbours.provider import FakeProvider
from tests.services.web.reading import come_back, form_in, send, sign_in, sign_in_page


async def rows(database: Database, cookie: str) -> int:
    async with database.transaction() as session:
        found = await session.execute(
            text("SELECT count(*) FROM site_session WHERE key = :key"),
            {"key": hashlib.sha256(cookie.encode()).digest()},
        )
        return int(found.scalar_one())


async def test_signing_in_and_out(browser: httpx.AsyncClient, database: Database, world: World) -> None:
    answer = await sign_in(browser, "ines@demain.example")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/mon-espace"
    cookie = browser.cookies["demain_session"]
    set_cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert await rows(database, cookie) == 1
    space = await browser.get("/mon-espace")
    assert "Inès Moreau" in space.text
    assert not any(token in space.text for token in [*world.access, *world.refresh])
    out = await send(browser, await browser.get("/deconnexion"), "form_token")
    assert out.status_code == 303
    assert len(world.revoked) == 1
    assert await rows(database, cookie) == 0
    browser.cookies.set("demain_session", cookie)
    assert (await browser.get("/mon-espace")).status_code == 303


async def test_signing_out_works_while_identity_is_away(
    browser: httpx.AsyncClient, database: Database, world: World
) -> None:
    await sign_in(browser, "ines@demain.example")
    cookie = browser.cookies["demain_session"]
    page = await browser.get("/deconnexion")
    world.away = {"identity"}
    assert (await send(browser, page, "form_token")).status_code == 303
    assert await rows(database, cookie) == 0


async def test_a_planted_cookie_is_worth_nothing_after_the_sign_in(
    browser: httpx.AsyncClient, database: Database
) -> None:
    await sign_in(browser, "ines@demain.example")
    first = browser.cookies["demain_session"]
    await sign_in_again(browser, "redaction@demain.example")
    second = browser.cookies["demain_session"]
    assert first != second
    assert await rows(database, first) == 0


async def sign_in_again(browser: httpx.AsyncClient, email: str) -> None:
    """Somebody else signs in, in the same browser, with a form of their own."""
    cookie = browser.cookies["demain_session"]
    browser.cookies.delete("demain_session")
    page = await sign_in_page(browser)
    browser.cookies.set("demain_session", cookie, domain="demain.test")
    form = form_in(page, "email")
    del form
    # The form was made for nobody signed in, so it is refused first and shown again, typed values kept.
    refused = await send(browser, page, "email", email=email, password="correct horse battery")
    assert refused.status_code == 422
    assert email in refused.text
    accepted = await come_back(
        browser, await send(browser, refused, "email", email=email, password="correct horse battery")
    )
    assert accepted.status_code == 303


async def test_over_tls_the_cookie_is_bound_to_the_host(database: Database, world: World) -> None:
    app = site_app(database, world, public_url="https://demain.test")
    async with browser_of(app, "https://demain.test") as browser:
        answer = await sign_in(browser, "ines@demain.example")
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "session" in one]
    assert cookie.startswith("__Host-demain_session=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_a_wrong_pair_says_so_and_keeps_the_address(browser: httpx.AsyncClient) -> None:
    answer = await sign_in(browser, "ines@demain.example", "wrong")
    assert answer.status_code == 422
    assert "ne vont pas ensemble" in answer.text
    assert 'value="ines@demain.example"' in answer.text
    assert "demain_session" not in browser.cookies


async def test_signing_in_leads_back(browser: httpx.AsyncClient) -> None:
    wanted = await browser.get("/en/contributions/nouvelle")
    assert wanted.headers["location"] == "/en/connexion?suite=%2Fen%2Fcontributions%2Fnouvelle"
    page = await sign_in_page(browser, wanted.headers["location"])
    assert page.url.path == "/en/connexion"
    done = await come_back(
        browser, await send(browser, page, "email", email="ines@demain.example", password="correct horse battery")
    )
    assert done.headers["location"] == "/en/contributions/nouvelle"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "\\\\evil",
    ],
)
async def test_nobody_is_sent_elsewhere(browser: httpx.AsyncClient, elsewhere: str) -> None:
    page = await sign_in_page(browser, f"/connexion?{urlencode({'suite': elsewhere})}")
    sent = await send(
        browser, page, "email", email="ines@demain.example", password="correct horse battery", suite=elsewhere
    )
    done = await come_back(browser, sent)
    assert done.headers["location"] == "/mon-espace"


@given(st.text())
def test_what_is_taken_for_local_is_local(wanted: str) -> None:
    taken = local_path(wanted, "/otherwise")
    resolved = httpx.URL("https://demain.test/here").join(taken)
    assert resolved.host == "demain.test"
    assert resolved.scheme == "https"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "https://evil.example/x"},
        {"Origin": "null"},
    ],
)
async def test_another_sites_form_is_refused(browser: httpx.AsyncClient, headers: dict[str, str]) -> None:
    await sign_in(browser, "ines@demain.example")
    token = dict(form_in(await browser.get("/deconnexion"), "form_token").fields)["form_token"]
    answer = await browser.post("/deconnexion", data={"form_token": token}, headers=headers)
    assert answer.status_code == 403
    assert (await browser.get("/mon-espace")).status_code == 200


async def test_a_form_without_its_token_is_refused(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, "ines@demain.example")
    for token in ("", "0" * 64):
        answer = await browser.post("/deconnexion", data={"form_token": token})
        assert answer.status_code == 403
    assert (await browser.get("/mon-espace")).status_code == 200


def sessions_of(database: Database, world: World, provider: Any = None, **options: Any) -> Sessions:
    neighbours = Neighbours(world)
    return Sessions(
        database.transaction,
        lambda: neighbours.of(IdentityClient),
        lambda: provider or neighbours.of(ProviderClient),
        secret="known to both",
        **options,
    )


async def opened(database: Database, world: World, *, now: datetime | None = None) -> tuple[Sessions, str]:
    identity = Neighbours(world).of(IdentityClient)
    sessions = sessions_of(database, world, now=lambda: now or datetime.now(UTC))
    tokens = await identity.sign_in("ines@demain.example", "correct horse battery")
    return sessions, await sessions.open(tokens, await identity.me(tokens.access_token))


class SlowProvider(FakeProvider):
    """Answers a renewal only when the test lets it, so that requests do overlap."""

    gate: asyncio.Event

    async def refresh(self, refresh_token: str, *, secret: str) -> ProviderTokens:
        await asyncio.sleep(0)
        self.world.asked("identity", "refresh arrives")
        await self.gate.wait()
        return await super().refresh(refresh_token, secret=secret)


@pytest.mark.parametrize("processes", [1, 2])
async def test_two_requests_renew_once(database: Database, world: World, processes: int) -> None:
    world.access_lasts = 1
    _, cookie = await opened(database, world)
    world.access_lasts = 300
    provider = SlowProvider(world)
    provider.gate = asyncio.Event()
    several = [sessions_of(database, world, provider) for _ in range(processes)]
    visitor = await several[0].find(cookie)
    assert visitor is not None
    asking = [asyncio.create_task(several[n % processes].access_token(visitor)) for n in range(4)]
    while "identity.refresh arrives" not in world.calls:
        await asyncio.sleep(0.005)
    provider.gate.set()
    tokens = set(await asyncio.gather(*asking))
    assert len(tokens) == 1
    assert None not in tokens
    assert len(world.used_refresh) == 1


async def test_without_the_lock_they_would_renew_twice(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same race with the locks taken away uses the token twice."""
    from sqlalchemy.sql import Select

    monkeypatch.setattr(Select, "with_for_update", lambda self, **_: self)
    world.access_lasts = 1
    _, cookie = await opened(database, world)
    world.access_lasts = 300
    provider = SlowProvider(world)
    provider.gate = asyncio.Event()
    several = [sessions_of(database, world, provider) for _ in range(2)]
    visitor = await several[0].find(cookie)
    assert visitor is not None
    asking = [asyncio.create_task(one.access_token(visitor)) for one in several]
    while world.calls.count("identity.refresh arrives") < 2:
        await asyncio.sleep(0.005)
    provider.gate.set()
    await asyncio.gather(*asking, return_exceptions=True)
    assert len(world.used_refresh) == 2


async def test_a_session_that_identity_ended_is_over(app: FastAPI, world: World, browser: httpx.AsyncClient) -> None:
    world.access_lasts = 1
    await sign_in(browser, "ines@demain.example")
    world.refresh.clear()
    answer = await browser.get("/mon-espace")
    assert answer.headers["location"].startswith("/connexion")
    assert (await browser.get("/contributions")).status_code == 200


async def test_while_identity_is_away_pages_are_read_as_by_a_stranger(browser: httpx.AsyncClient, world: World) -> None:
    world.access_lasts = 1
    await sign_in(browser, "ines@demain.example")
    world.away = {"identity"}
    assert (await browser.get("/")).status_code == 200
    assert (await browser.get("/mon-espace")).status_code == 503


async def test_renewing_learns_new_roles(browser: httpx.AsyncClient, world: World) -> None:
    world.access_lasts = 1
    await sign_in(browser, "citoyen@demain.example")
    world.accounts["citoyen@demain.example"].roles.append("editor")
    await browser.get("/mon-espace")
    assert (await browser.get("/relecture")).status_code == 200


async def test_sessions_end_by_themselves(database: Database, world: World) -> None:
    _, cookie = await opened(database, world)
    later = sessions_of(database, world, now=lambda: datetime.now(UTC) + IDLE + timedelta(minutes=1))
    assert await later.find(cookie) is None
    now = sessions_of(database, world)
    assert await now.find(cookie) is not None
