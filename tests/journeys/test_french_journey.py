"""From the first word to the withdrawal, in French: an expert, an editor and a citizen."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.journeys import editorial
from tests.journeys.conftest import Arrive
from tests.journeys.editorial import Text

pytestmark = pytest.mark.browser

TEXT = Text(
    title="L’énergie des mobilités partagées",
    summary="Ce que les vélos et les bus mis en commun coûtent en énergie, et ce qu’ils épargnent.",
    body=(
        "## Compter avant de conclure\n\n"
        "Un bus plein épargne **quarante voitures**, un bus vide n’en épargne aucune.\n\n"
        "> On ne partage bien que ce que l’on compte.\n\n- la nuit\n- le dimanche\n"
    ),
    spoken="un bus vide n’en épargne aucune",
)
QUERY = "energie mobilitee"
REASON = "Les comptages du dimanche étaient faux ; une version corrigée suivra."


async def test_a_contribution_lives_and_ends(arrive: Arrive) -> None:
    expert = await arrive("expert")
    await editorial.write(expert, TEXT)
    await editorial.see_preview(expert, TEXT)  # it follows the typing
    await editorial.save(expert)
    await editorial.see_preview(expert, TEXT)
    await editorial.submit(expert)

    editor = await arrive("editor")
    path = await editorial.publish(editor, TEXT)
    id = path.split("/")[2]

    citizen = await arrive()
    await editorial.is_found(citizen, QUERY, id)
    await citizen.open("/")
    field = citizen.page.get_by_role("combobox")
    await field.press_sequentially("énergie des mob")
    await expect(citizen.page.get_by_role("option", name=TEXT.title)).to_be_visible()
    await field.fill(QUERY)
    await field.press("Enter")
    await citizen.page.wait_for_url(re.compile(r"/recherche\?q=energie(\+|%20)mobilitee$"))
    results = citizen.page.locator("#results")
    hit = results.get_by_role("link", name=TEXT.title)
    await expect(hit).to_be_visible()

    many = await results.get_by_role("article").count()
    await citizen.page.get_by_role("group", name="Territoire").get_by_role("checkbox", name="Nantes").check()
    await citizen.page.wait_for_url(re.compile("territory=nantes"))
    await expect(citizen.link("Retirer le filtre Nantes")).to_be_visible()
    await expect(hit).to_be_visible()
    assert await results.get_by_role("article").count() < many, "the facet left nothing out"

    await hit.click()
    await expect(citizen.heading(TEXT.title)).to_be_visible()
    await expect(citizen.page.get_by_text(TEXT.spoken)).to_be_visible()
    assert await citizen.path() == path

    await editorial.withdraw(expert, TEXT, REASON)
    await editorial.is_gone(citizen, path)
    await expect(citizen.page.get_by_text("Contribution retirée", exact=True)).to_be_visible()
    await expect(citizen.page.get_by_text(REASON)).to_be_visible()
    await expect(citizen.page.get_by_role("searchbox").or_(citizen.page.get_by_role("combobox"))).to_be_visible()
    await expect(citizen.page.get_by_text(TEXT.spoken)).to_have_count(0)
    await editorial.is_shown_nowhere(citizen, TEXT, QUERY, id)
    await citizen.open(f"/recherche?q={QUERY}")
    await expect(results.get_by_role("article").first).to_be_visible()
    await expect(hit).to_have_count(0)
