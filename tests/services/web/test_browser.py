"""The site in a real browser: with JavaScript and without, by keyboard, and read by axe."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Route, expect

from tests.services.web.browsing import Visit, visiting
from tests.services.web.neighbours import World
from tests.services.web.neighbours.provider import ATELIER, Provided
from tests.support.browser import axe
from tests.support.browser.looking import looks
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


async def test_the_pages_of_a_sign_in_for_another_site(visit: Visit, world: World) -> None:
    """Those that the tour of every page (`tests/journeys`) does not come by: there is no other site on its platform."""
    await visit.sign_in("redaction@demain.example")
    trouble = []
    for name, path in {
        "consent": f"/connexion?demande={world.of(Provided).keep(ATELIER)}",
        "not-a-request-en": "/en/connexion/refusee",
        "not-signed-in": "/connexion/retour?state=x",
    }.items():
        await visit.go(path)
        trouble += [f"{name}: {one}" for one in await looks(visit.page, name)]
    assert not trouble


async def test_suggestions_by_keyboard(visit: Visit) -> None:
    page = visit.page
    await visit.go("/")
    await page.keyboard.press("/")
    field = page.locator("#q")
    await expect(field).to_be_focused()
    await page.keyboard.type("facades")
    options = page.get_by_role("option")
    await expect(options).to_have_count(1)
    await expect(field).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("ArrowDown")
    await expect(field).to_have_attribute("aria-activedescendant", "q-option-0")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Escape")
    await expect(field).to_have_attribute("aria-expanded", "false")
    await expect(field).to_have_value("facades")
    await page.keyboard.press("ArrowDown")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Des façades"))


async def test_results_follow_what_is_typed_and_checked(visit: Visit) -> None:
    page = visit.page
    await visit.go("/recherche")
    found = page.locator("#found")
    await page.locator("#q").press_sequentially("eau")
    await expect(found).to_have_text(re.compile("3 résultats pour"))
    await expect(page).to_have_url(re.compile(r"\?q=eau$"))
    await page.get_by_role("checkbox", name="Idée").check()
    await expect(found).to_have_text(re.compile("1 résultat pour"))
    await expect(page).to_have_url(re.compile(r"\?q=eau&kind=idea$"))
    await expect(page.get_by_role("checkbox", name="Idée")).to_be_focused()
    await expect(page.locator(".apply")).to_be_hidden()
    await page.go_back()
    await expect(found).to_have_text(re.compile("3 résultats pour"))
    await expect(page.get_by_role("checkbox", name="Idée")).not_to_be_checked()


async def test_search_without_javascript(chromium: Browser, base: str) -> None:
    async with await chromium.new_context(java_script_enabled=False) as context:
        page = (await visiting(context, base)).page
        await page.goto(base + "/")
        await page.fill("#q", "eau")
        await page.get_by_role("button", name="Chercher").click()
        await page.get_by_role("checkbox", name="Idée").check()
        await page.get_by_role("button", name="Appliquer les filtres").click()
        await expect(page.locator("#found")).to_have_text(re.compile("1 résultat pour"))
        await page.get_by_role("link", name=re.compile("Retirer le filtre")).click()
        await expect(page.locator("#found")).to_have_text(re.compile("3 résultats pour"))


async def test_the_preview_follows_the_typing(visit: Visit, world: World) -> None:
    page = visit.page
    await visit.sign_in("ines@demain.example")
    await visit.go("/contributions/nouvelle")
    await page.fill("#title", "Ma note")
    await page.locator("#body").press_sequentially("Un **texte**")
    await expect(page.locator("#apercu strong")).to_have_text("texte")
    await page.get_by_role("button", name="Enregistrer le brouillon").click()
    await expect(page.get_by_role("status").first).to_contain_text("Personne d’autre que vous")
    assert "Ma note" in {one.title for one in world.contributions.values()}
    # What the site has is not offered again as something left behind.
    await visit.go("/contributions/nouvelle")
    await expect(page.locator("#body")).to_have_value("")
    await expect(page.locator(".kept")).to_have_count(0)


async def test_a_preview_that_comes_late_moves_nothing(visit: Visit) -> None:
    """Who went on to a button by keyboard would lose it from the screen."""
    page, arrives = visit.page, asyncio.Event()

    async def hold(preview: Route) -> None:
        await arrives.wait()
        await preview.continue_()

    await page.route("**/contributions/apercu", hold)
    await visit.sign_in("ines@demain.example")
    await visit.go("/contributions/nouvelle")
    await page.locator("#body").press_sequentially("Un **texte**")
    await page.locator("#language").focus()
    await page.keyboard.press("Tab")
    save = page.get_by_role("button", name="Enregistrer le brouillon")
    await expect(save).to_be_focused()
    before = await save.bounding_box()
    arrives.set()
    await expect(page.locator("#apercu strong")).to_have_text("texte")
    assert await save.bounding_box() == before


async def test_what_was_typed_survives_a_closed_tab(visit: Visit) -> None:
    page = visit.page
    await visit.sign_in("ines@demain.example")
    await visit.go("/contributions/nouvelle")
    await page.locator("#body").press_sequentially("Presque perdu")
    await expect(page.locator("#apercu-texte")).to_contain_text("Presque perdu")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.close(run_before_unload=False)
    page = await visit.page.context.new_page()
    await page.goto(visit.base + "/contributions/nouvelle")
    await page.get_by_role("button", name="Le reprendre").click()
    await expect(page.locator("#body")).to_have_value("Presque perdu")


async def test_a_draft_saves_itself_and_survives_a_closed_browser(
    chromium: Browser, base: str, visit: Visit, world: World
) -> None:
    page = visit.page
    await visit.sign_in("ines@demain.example")
    await visit.go("/contributions/nouvelle")
    await page.locator("#body").press_sequentially("Un mot")
    await expect(page.locator("#enregistre")).to_contain_text("Donnez un titre")
    await page.fill("#title", "Écrit peu à peu")
    await expect(page.locator("#enregistre")).to_contain_text("Enregistré à")
    await expect(page).to_have_url(re.compile(r"/contributions/[-0-9a-f]{36}/modifier$"))
    await page.locator("#body").press_sequentially(", puis deux")
    await page.get_by_role("checkbox", name="Eau", exact=True).check()

    def is_saved() -> bool:
        (it,) = [one for one in world.contributions.values() if one.title == "Écrit peu à peu"]
        return (it.body, it.themes) == ("Un mot, puis deux", ["water"])

    await eventually(is_saved)
    path = page.url
    await page.context.close()
    async with await chromium.new_context() as context:
        again = await visiting(context, base)
        await again.sign_in("ines@demain.example")
        await again.page.goto(path)
        await expect(again.page.locator("#body")).to_have_value("Un mot, puis deux")
        await expect(again.page.locator(".kept")).to_have_count(0)


async def test_what_another_changed_meanwhile_is_shown_and_either_can_go_on(visit: Visit, world: World) -> None:
    page = visit.page
    id = next(one.id for one in world.contributions.values() if one.title == "La rue aux enfants, le jeudi")
    await visit.sign_in("ines@demain.example")
    await visit.go(f"/contributions/{id}/modifier")
    stored = world.contributions[id]
    theirs = stored.body.replace("une piscine", "une patinoire")
    world.contributions[id] = stored.model_copy(update={"version": stored.version + 1, "body": theirs})
    await page.fill("#summary", "Ma phrase.")
    await expect(page.locator("#ennui")).to_contain_text("modifié ailleurs")
    await page.get_by_role("button", name="Voir ce qui a changé").click()
    await expect(page.locator(".problem ins")).to_contain_text("patinoire")
    await expect(page.locator(".problem del")).to_contain_text("piscine")
    await expect(page.locator("#summary")).to_have_value("Ma phrase.")
    assert not await axe.violations(page)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("link", name="Repartir de la version enregistrée").click()
    await expect(page.locator("#summary")).to_have_value("")
    await expect(page.locator("#body")).to_have_value(theirs)
    await page.wait_for_load_state("load")  # the script listens
    await page.fill("#summary", "Ma phrase, sur la leur.")
    await expect(page.locator("#enregistre")).to_contain_text("Enregistré à")
    assert (world.contributions[id].summary, world.contributions[id].body) == ("Ma phrase, sur la leur.", theirs)


async def test_errors_take_the_focus(visit: Visit) -> None:
    page = visit.page
    await visit.go("/connexion")
    await page.fill("#email", "ines@demain.example")
    await page.fill("#password", "faux")
    await page.click(".account .button")
    await expect(page.locator(".problem")).to_be_focused()
    await expect(page.locator("#email")).to_have_value("ines@demain.example")


async def test_the_language_switch_keeps_the_place(visit: Visit) -> None:
    page = visit.page
    await visit.go("/recherche?q=nimporte&theme=water")
    await page.fill("#q", "eau")
    await expect(page).to_have_url(re.compile(r"/recherche\?q=eau&theme=water$"))
    await page.get_by_role("link", name="English").click()
    await expect(page).to_have_url(re.compile(r"/en/recherche\?q=eau&theme=water$"))
    await expect(page.locator("#found")).to_have_text(re.compile("1 result for “eau”"))
    await page.get_by_role("link", name="Français").click()
    await expect(page).to_have_url(re.compile(r"/recherche\?q=eau&theme=water$"))


async def test_the_skip_link_leads_to_the_content(visit: Visit) -> None:
    page = visit.page
    await visit.go("/")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
