"""Search as people use it: by keyboard, heard as well as seen, and wholly in an address that others can open."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Route, expect

from tests.services.web.browsing import Visit, visiting

pytestmark = pytest.mark.browser


async def test_suggestions_are_announced_and_enter_without_a_choice_searches(visit: Visit) -> None:
    page = visit.page
    await visit.go("/")
    await page.keyboard.press("/")
    await page.keyboard.type("eau")
    await expect(page.get_by_role("option")).to_have_count(3)
    await expect(page.locator("form.search [role=status]")).to_have_text("3 suggestions")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#q"), "past the last one is the field again").not_to_have_attribute(
        "aria-activedescendant", re.compile("")
    )
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/recherche\?q=eau$"))


async def test_an_answer_that_comes_late_leaves_the_choice(visit: Visit) -> None:
    page, arrives = visit.page, asyncio.Event()
    await visit.go("/")
    await page.locator("#q").press_sequentially("ea")
    first = page.get_by_role("option").first
    await expect(first).to_be_visible()

    async def hold(suggestions: Route) -> None:
        await arrives.wait()
        await suggestions.continue_()

    await page.route("**/recherche/suggestions?q=eau", hold)
    async with page.expect_request("**/recherche/suggestions?q=eau"):
        await page.keyboard.type("u")
    await page.keyboard.press("ArrowDown")
    await expect(first).to_have_attribute("aria-selected", "true")
    arrives.set()
    await page.evaluate("() => fetch('/recherche/suggestions?q=ville').then((answer) => answer.text())")
    await expect(first).to_have_attribute("aria-selected", "true")
    await expect(page.locator("#q")).to_have_attribute("aria-activedescendant", "q-option-0")


async def test_results_are_announced_by_one_region_that_stays(visit: Visit) -> None:
    page = visit.page
    await visit.go("/recherche?q=facades")
    region = page.get_by_role("status").filter(has_text="résultat")
    await expect(region).to_have_text(re.compile("1 résultat pour"))
    before = await page.locator("#found").element_handle()
    await page.keyboard.press("/")
    await page.keyboard.type("eau")
    await expect(region).to_have_text(re.compile("3 résultats pour"))
    after = await page.locator("#found").element_handle()
    assert await page.evaluate("([one, other]) => one === other", [before, after]), "a new region would not be heard"
    await expect(page.locator("#q")).to_be_focused()
    await page.fill("#q", "xylophone")
    await expect(region.or_(page.locator("#found"))).to_have_text(re.compile("Aucun résultat"))


async def test_an_address_shows_the_same_to_somebody_else(visit: Visit, chromium: Browser, base: str) -> None:
    page = visit.page
    await visit.go("/recherche")
    await page.fill("#q", "eau")
    await expect(page.locator("#found")).to_have_text(re.compile("3 résultats"))
    await page.get_by_role("checkbox", name="Idée").check()
    await expect(page.locator("#found")).to_have_text(re.compile("1 résultat pour"))
    await page.get_by_label("Depuis").fill("2020-01-01")
    await expect(page).to_have_url(re.compile("from=2020-01-01"))
    shared, seen = page.url, await page.locator("#results article").all_inner_texts()
    for javascript in (True, False):
        async with await chromium.new_context(java_script_enabled=javascript) as context:
            other = (await visiting(context, base)).page
            await other.goto(shared)
            await expect(other.locator("#q")).to_have_value("eau")
            await expect(other.get_by_role("checkbox", name="Idée")).to_be_checked()
            await expect(other.get_by_label("Depuis")).to_have_value("2020-01-01")
            assert await other.locator("#results article").all_inner_texts() == seen


async def test_dates_that_do_not_agree_are_said_as_they_are_chosen(visit: Visit) -> None:
    page = visit.page
    await visit.go("/recherche?q=eau&from=2026-05-02")
    await page.get_by_label("Jusqu’à").fill("2026-05-01")
    await expect(page.locator("#to-error")).to_contain_text("La fin vient avant le début")
    await expect(page.get_by_label("Jusqu’à")).to_have_value("2026-05-01")
    await expect(page.get_by_label("Jusqu’à"), "one goes on where one was").to_be_focused()
    await expect(page.locator("#results article")).to_have_count(0)
    await page.get_by_label("Jusqu’à").fill("2026-05-03")
    await expect(page.locator("#to-error")).to_have_count(0)
