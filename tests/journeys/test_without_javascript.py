"""The essential journey with JavaScript off: every step is a link or a form."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys import editorial
from tests.journeys.conftest import Arrive
from tests.journeys.editorial import Text

pytestmark = pytest.mark.browser

TEXT = Text(
    title="Le réseau de froid des quais",
    summary="Rafraîchir les bâtiments par le fleuve, sans le réchauffer.",
    body="## Un fleuve\n\nLa prise d’eau refroidit **douze bâtiments** et rend l’eau deux degrés plus tiède.\n",
    spoken="rend l’eau deux degrés plus tiède",
)
QUERY = "reseau de froit des quais"
REASON = "La préfecture a demandé une nouvelle mesure de la température."


async def test_the_journey_needs_no_javascript(arrive: Arrive) -> None:
    expert = await arrive("expert", java_script_enabled=False)
    await editorial.write(expert, TEXT)
    await expert.button(expert.words.see_preview).click()
    await editorial.see_preview(expert, TEXT)
    await expect(expert.page.get_by_label("Titre", exact=True)).to_have_value(TEXT.title)
    await editorial.submit(expert)

    editor = await arrive("editor", java_script_enabled=False)
    path = await editorial.publish(editor, TEXT)
    id = path.split("/")[2]

    citizen = await arrive(java_script_enabled=False)
    await editorial.is_found(citizen, QUERY, id)
    await citizen.open("/")
    await citizen.page.get_by_role("searchbox").fill(QUERY)
    await citizen.page.get_by_role("main").get_by_role("button", name="Chercher").click()
    hit = citizen.page.locator("#results").get_by_role("link", name=TEXT.title)
    await expect(hit).to_be_visible()

    facets = citizen.page.get_by_role("group", name="Territoire")
    if not await facets.is_visible():
        await citizen.page.get_by_text("Affiner", exact=True).click()
    await facets.get_by_role("checkbox", name="Nantes").check()
    await citizen.button("Appliquer les filtres").click()
    await expect(citizen.link("Retirer le filtre Nantes")).to_be_visible()
    assert "territory=nantes" in citizen.page.url
    await expect(hit).to_be_visible()
    await hit.click()
    await expect(citizen.page.get_by_text(TEXT.spoken)).to_be_visible()

    await editorial.withdraw(expert, TEXT, REASON)
    await editorial.is_gone(citizen, path)
    await expect(citizen.page.get_by_text(REASON)).to_be_visible()
    await editorial.is_shown_nowhere(citizen, TEXT, QUERY, id)
