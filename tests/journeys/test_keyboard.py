"""The site by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.journeys.conftest import Arrive

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  return {
    name: (at.ariaLabel || at.labels?.[0]?.textContent || at.textContent).trim().replace(/\\s+/g, " "),
    tag: at.tagName,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""
MOST_STOPS = 60


async def _tab_to(page: Page, name: str) -> list[str]:
    """Press Tab until something called ``name`` has the focus; the names on the way, each of them visible."""
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(FOCUSED)
        assert focused["tag"] != "BODY", f"the end of the page came before {name!r}: {passed}"
        assert focused["outlined"], f"one does not see that {focused['name']!r} has the focus"
        await expect(page.locator(":focus"), "what has the focus is on screen").to_be_in_viewport()
        if focused["name"].startswith(name):
            return passed
        passed.append(focused["name"])
    raise AssertionError(f"{name!r} is more than {MOST_STOPS} stops away: {passed}")


async def test_slash_leads_to_search_and_arrows_through_suggestions(arrive: Arrive) -> None:
    visitor = await arrive()
    page, keyboard = visitor.page, visitor.page.keyboard
    await visitor.open("/")
    field = page.get_by_role("combobox")
    await keyboard.press("/")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await keyboard.type("chauffer")
    first = page.get_by_role("option").first
    await expect(first).to_be_visible()
    await expect(field).to_have_attribute("aria-expanded", "true")
    await keyboard.press("ArrowDown")
    await expect(first).to_have_attribute("aria-selected", "true")
    await expect(field).to_have_attribute("aria-activedescendant", await first.get_attribute("id") or "none")

    await keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await expect(field).to_have_attribute("aria-expanded", "false")
    await expect(field).to_have_value("chauffer")

    await keyboard.press("ArrowDown")
    await expect(first).to_have_attribute("aria-selected", "true")
    title = (await first.text_content() or "").strip()
    await keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/contributions/[0-9a-f-]{36}/"))
    await expect(page.get_by_role("article").locator("h1")).to_have_text(title)

    await keyboard.press("/")  # a page without a search field leads to the one that has it
    await page.wait_for_url(re.compile(r"/recherche"))


async def test_the_skip_link_is_first_and_leads_to_the_content(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/contributions")
    assert await _tab_to(visitor.page, "Aller au contenu") == []
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator("#contenu")).to_be_focused()
    assert "Se connecter" not in await _tab_to(visitor.page, "Tous les genres")


async def test_one_signs_in_writes_and_saves_by_keyboard(arrive: Arrive) -> None:
    visitor = await arrive("expert")
    page, keyboard = visitor.page, visitor.page.keyboard
    await visitor.open("/contributions/nouvelle")
    await _tab_to(page, "Titre")
    await keyboard.type("Écrit sans souris")
    passed = await _tab_to(page, "Enregistrer le brouillon")
    kinds = ("Note", "Texte", "Logement", "Langue du texte")
    order = [next((at for at, name in enumerate(passed) if name.startswith(kind)), -1) for kind in kinds]
    assert -1 not in order and order == sorted(order), f"{kinds} are passed in another order: {passed}"
    await keyboard.press("Enter")
    await visitor.says("Enregistré.")
    await expect(page.get_by_label("Titre", exact=True)).to_have_value("Écrit sans souris")


async def test_errors_take_the_focus_and_lead_to_their_field(arrive: Arrive) -> None:
    visitor = await arrive("expert")
    page, keyboard = visitor.page, visitor.page.keyboard
    await visitor.open("/contributions/nouvelle")
    await page.get_by_label("Titre", exact=True).fill("Un titre seul")
    await visitor.button("Enregistrer et soumettre…").press("Enter")
    await expect(page.get_by_role("alert")).to_be_focused()
    assert await _tab_to(page, "Chapeau") == []
    await keyboard.press("Enter")
    await expect(page.get_by_label("Chapeau")).to_be_focused()
    await expect(page.get_by_label("Chapeau")).to_have_attribute("aria-invalid", "true")


async def test_signing_in_by_keyboard(arrive: Arrive) -> None:
    visitor = await arrive()
    page, keyboard = visitor.page, visitor.page.keyboard
    await visitor.open("/connexion")
    await _tab_to(page, "Adresse e-mail")
    await keyboard.type("citoyenne@demain.example")
    assert await _tab_to(page, "Mot de passe") == []
    await keyboard.type("la ville de demain")
    await keyboard.press("Enter")
    await visitor.says("Connexion réussie.")
