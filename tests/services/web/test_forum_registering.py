"""Registering for a forum: places, the waiting list, and a service that is away."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from shared.clients.base import ServiceDown
from tests.services.web.neighbours import World
from tests.services.web.neighbours.events import Planned
from tests.services.web.reading import form_in, sign_in
from tests.services.web.test_forums import (
    CITIZEN,
    OTHER,
    a_forum,
    planned,
    words_of,
)

__all__ = ["planned"]


async def test_a_stranger_is_led_through_sign_in_and_back(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned, capacity=2)
    html = (await browser.get(forum.url)).text
    assert "Il reste 2 places sur 2." in words_of(html)
    assert f'href="/connexion?suite={forum.url.replace("/", "%2F")}">Se connecter pour s’inscrire' in html
    assert (await browser.get(f"/forums/{forum.id}/inscription")).headers["location"].startswith("/connexion")


async def test_places_run_out_and_the_waiting_list_moves_up(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned, capacity=1)

    async def as_(email: str) -> None:
        browser.cookies.clear()
        await sign_in(browser, email)

    async def registered() -> httpx.Response:
        page = await browser.get(forum.url)
        action = f"/forums/{forum.id}/inscription"
        assert f'action="{action}"' in page.text
        form = form_in(page, "form_token")
        answer = await browser.post(
            action, data={"form_token": dict(form.fields)["form_token"]}, headers={"Origin": "http://demain.test"}
        )
        assert answer.headers["location"] == forum.url + "#inscription"
        return await browser.get(forum.url)

    await as_(CITIZEN)
    assert "Vous êtes inscrit depuis aujourd’hui" in words_of((await registered()).text)
    await as_(OTHER)
    page = await browser.get(forum.url)
    assert "Complet : la seule place est prise." in words_of(page.text)
    assert "Entrer dans la liste d’attente" in page.text
    waits = words_of((await registered()).text)
    assert "Vous êtes en liste d’attente, au rang 1." in waits
    assert "1 personne attend." in waits
    assert "En liste d’attente, au rang 1." in words_of((await browser.get("/mon-espace")).text)

    await as_(CITIZEN)
    asked = await browser.get(f"/forums/{forum.id}/inscription")
    assert "Votre place ira au premier de la liste d’attente" in words_of(asked.text)
    form = next(one for one in [form_in(asked, "form_token")])
    await browser.post(
        f"/forums/{forum.id}/inscription",
        data={"form_token": dict(form.fields)["form_token"], "do": "cancel"},
        headers={"Origin": "http://demain.test"},
    )
    assert [one.state for one in planned.registered[forum.id]] == ["cancelled", "registered"]

    await as_(OTHER)
    assert "Une place s’est libérée : vous êtes inscrit depuis aujourd’hui" in words_of(
        (await browser.get(forum.url)).text
    )


async def test_registering_needs_our_form(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    await sign_in(browser, CITIZEN)
    path = f"/forums/{forum.id}/inscription"
    assert (await browser.post(path, data={}, headers={"Origin": "http://demain.test"})).status_code == 403
    assert (await browser.post(path, data={}, headers={"Origin": "http://elsewhere.test"})).status_code == 403
    assert not planned.registered.get(forum.id)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "cancelled"}, "Ce forum est annulé : on ne s’y inscrit plus."),
        ({"starts_on": date(2024, 1, 1), "ends_on": date(2024, 1, 2)}, "Ce forum est terminé."),
        ({"capacity": None}, "Entrée libre. 0 personne inscrite."),
    ],
)
async def test_states_of_registration(
    browser: httpx.AsyncClient, world: World, planned: Planned, fields: dict[str, Any], said: str
) -> None:
    forum = a_forum(world, planned, **fields)
    await sign_in(browser, CITIZEN)
    html = (await browser.get(forum.url)).text
    assert said in words_of(html)
    assert ("M’inscrire" in html) == ("capacity" in fields)


async def test_the_page_stands_while_registration_is_away(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    world.failing["events.places"] = ServiceDown("events", "it is away in this test")
    html = (await browser.get(forum.url)).text
    assert "Les inscriptions ne répondent pas pour l’instant" in html
    assert forum.title in html
