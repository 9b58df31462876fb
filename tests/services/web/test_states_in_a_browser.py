"""States that only a browser has: results on their way, and no connection."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.services.web.browsing import Visit, check
from tests.services.web.neighbours import World
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


async def test_results_on_their_way_say_so(visit: Visit) -> None:
    page = visit.page
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await visit.go("/recherche")
    await page.route(re.compile(r"/recherche\?"), hold)
    await page.fill("#q", "eau")
    await expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    await expect(page.locator(".loading")).to_be_visible()
    await check(visit, "loading")
    held.set()
    await expect(page.locator("#found")).to_have_text(re.compile("3 résultats pour"))
    await expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    await expect(page.locator(".loading")).to_be_hidden()


async def test_search_without_a_connection_says_so_and_goes_on_when_it_is_back(visit: Visit) -> None:
    page = visit.page
    await visit.go("/recherche?q=facades")
    await expect(page.locator("#found")).to_have_text(re.compile("1 résultat pour"))
    await page.context.set_offline(True)
    await page.fill("#q", "eau")
    missed = page.locator("#results").get_by_role("alert")
    await expect(missed).to_contain_text("Pas de connexion. La recherche reprendra dès qu’elle revient")
    await expect(page.locator("#q")).to_have_value("eau")
    await expect(page.locator("#found"), "the results from before stay").to_have_text(re.compile("1 résultat"))
    await check(visit, "offline")
    await page.get_by_role("button", name="Essayer de nouveau").click()
    await expect(missed).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator("#found")).to_have_text(re.compile("3 résultats pour"))
    await expect(missed).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"\?q=eau$"))


async def test_suggestions_without_a_connection_say_so(visit: Visit) -> None:
    page = visit.page
    await visit.go("/")
    await page.context.set_offline(True)
    await page.locator("#q").press_sequentially("faca")
    box = page.locator("#q-suggestions")
    await expect(box).to_have_text("Pas de connexion : les suggestions reviendront avec elle.".replace(" :", "\u00a0:"))
    await expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await page.context.set_offline(False)
    await page.keyboard.type("d")
    await expect(page.get_by_role("option")).to_have_count(1)


async def test_the_editor_keeps_the_text_without_a_connection_and_saves_when_it_is_back(
    visit: Visit, world: World
) -> None:
    page = visit.page
    await visit.sign_in("ines@demain.example")
    await visit.go("/contributions/nouvelle")
    await page.fill("#title", "Écrit dans un tunnel")
    await expect(page.locator("#enregistre")).to_contain_text("Enregistré à")
    await page.context.set_offline(True)
    await page.locator("#body").press_sequentially("Sous terre")
    await expect(page.locator("#ennui")).to_contain_text("Pas de connexion. Ce que vous écrivez reste")
    await page.get_by_role("button", name="Enregistrer le brouillon").click()
    await expect(page.locator("#body"), "one stays with the text").to_have_value("Sous terre")
    await check(visit, "editor offline")
    await page.context.set_offline(False)

    def is_saved() -> bool:
        return any(one.body == "Sous terre" for one in world.contributions.values())

    await eventually(is_saved)
    await expect(page.locator("#enregistre")).to_contain_text("Enregistré à")
    await expect(page.locator("#ennui")).to_be_empty()


async def test_without_a_connection_a_text_that_is_saved_by_hand_is_kept(visit: Visit, world: World) -> None:
    page = visit.page
    await visit.sign_in("redaction@demain.example")
    (id,) = [one.id for one in world.contributions.values() if one.state == "submitted"]
    await visit.go(f"/contributions/{id}/modifier")
    await page.fill("#summary", "Relu dans un tunnel.")
    await page.context.set_offline(True)
    await page.locator("button.button[name=do][value=save]").click()
    await expect(page.locator("#ennui")).to_contain_text("enregistrez-le quand elle est revenue")
    await expect(page.locator("#summary")).to_have_value("Relu dans un tunnel.")
    await page.context.set_offline(False)
    await expect(page.locator("#ennui")).to_be_empty()
    await page.locator("button.button[name=do][value=save]").click()
    await eventually(lambda: world.contributions[id].summary == "Relu dans un tunnel.")
