"""Pages for when there is no page: each says what happened and what to do, in both languages."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.words import ENGLISH, FRENCH, Words

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=["fr", "en"])


@BOTH
async def test_not_found_helps_to_search(arrive: Arrive, words: Words) -> None:
    visitor = await arrive("", words)
    nobody = "/contributions/01890000-0000-7000-8000-000000000000/rien"
    for path in ("/nulle-part", nobody, "/contributions/pas-un-identifiant"):
        assert await visitor.open(path) == 404
        heading = {"": "Cette page n’existe pas", "/en": "There is no such page"}[words.prefix]
        await expect(visitor.heading(heading)).to_be_visible()
    await visitor.page.get_by_role("combobox").fill("énergie")
    await visitor.button(words.search).click()
    await expect(visitor.page.locator("#results").get_by_role("article").first).to_be_visible()


@BOTH
async def test_a_citizen_is_told_what_the_review_queue_asks_for(arrive: Arrive, words: Words) -> None:
    citizen = await arrive("citizen", words)
    assert await citizen.open("/relecture") == 403
    says = {"": "Votre compte n’a pas le rôle qu’elle demande.", "/en": "does not have the role it asks for"}
    await expect(citizen.page.get_by_text(says[words.prefix])).to_be_visible()
    links = {"": "Parcourir les contributions", "/en": "Browse the contributions"}
    await citizen.link(links[words.prefix]).click()
    await expect(citizen.page.get_by_role("article").first).to_be_visible()


async def test_who_is_not_signed_in_is_led_to_sign_in_and_back(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/contributions/nouvelle")
    await expect(visitor.heading("Se connecter")).to_be_visible()
    await expect(visitor.page.locator("input[name=suite]")).to_have_value("/contributions/nouvelle")
