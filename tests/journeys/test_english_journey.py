"""The same in English, shorter: write, publish, find, withdraw."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys import editorial
from tests.journeys.conftest import Arrive
from tests.journeys.editorial import Text
from tests.journeys.words import ENGLISH

pytestmark = pytest.mark.browser

TEXT = Text(
    title="Rooftop gardens that keep the rain",
    summary="Nine roofs, two winters, and the water that never reached the sewer.",
    body="## Nine roofs\n\nA planted roof holds back **a third** of a storm, and lets the rest go slowly.\n",
    spoken="lets the rest go slowly",
)
REASON = "The owner of two roofs asked us not to publish their figures."


async def test_a_contribution_lives_and_ends_in_english(arrive: Arrive) -> None:
    expert = await arrive("expert", ENGLISH)
    await editorial.write(expert, TEXT)
    await editorial.submit(expert)
    editor = await arrive("editor", ENGLISH)
    path = await editorial.publish(editor, TEXT)
    id = path.split("/")[2]

    citizen = await arrive("", ENGLISH)
    await editorial.is_found(citizen, "roftop gardens", id)
    await citizen.open("/")
    await expect(citizen.page.locator("html")).to_have_attribute("lang", "en")
    await expect(citizen.page.get_by_role("main").locator("h1")).to_have_text(TEXT.title)
    await citizen.page.get_by_role("combobox").fill("roftop gardens")
    await citizen.button("Search").click()
    await citizen.link(TEXT.title).click()
    await expect(citizen.page.get_by_text(TEXT.spoken)).to_be_visible()

    await editorial.withdraw(expert, TEXT, REASON)
    await editorial.is_gone(citizen, path)
    await expect(citizen.page.get_by_text("Withdrawn contribution", exact=True)).to_be_visible()
    await expect(citizen.page.get_by_text(REASON)).to_be_visible()
    await editorial.is_shown_nowhere(citizen, TEXT, "roftop gardens", id)
