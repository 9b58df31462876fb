"""A citizen finds a study, argues, is answered live, endorses, reports, and sees what moderators decide."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, expect

from tests.journeys.conftest import Arrive
from tests.journeys.visitor import Visitor
from tests.support.browser import axe

pytestmark = pytest.mark.browser

MOTIVE = "On y donne l’étage et le nom d’une voisine ; le reste peut être dit de nouveau."


def column(visitor: Visitor, position: str) -> Locator:
    """The arguments of a position."""
    return visitor.page.locator(f'[data-column="{position}"]')


def statement(visitor: Visitor, words: str) -> Locator:
    """What somebody said."""
    return visitor.page.get_by_role("article").filter(has_text=words)


async def enter(visitor: Visitor) -> None:
    """From the list of debates to the one on the metro."""
    await visitor.open("/debats")
    await visitor.link(re.compile("avec l’eau de son métro")).click()
    await expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("avec l’eau de son métro")


async def follows(visitor: Visitor) -> None:
    """Wait until what is said will appear by itself."""
    await expect(visitor.page.locator("[data-live]")).to_have_attribute("data-following", "")


async def argue(visitor: Visitor, position: str, words: str) -> None:
    """Through the form at the foot of the page."""
    await visitor.page.get_by_role("radio", name=position, exact=True).check()
    await visitor.page.get_by_label("Votre argument", exact=True).fill(words)
    await visitor.button("Publier mon argument").click()
    await visitor.says("Votre argument est en ligne.")


async def test_a_citizen_argues_is_answered_live_and_sees_the_moderation(arrive: Arrive) -> None:
    mine = "Ma voisine du troisième, madame Perrin, chauffe fenêtres ouvertes : le prix au compteur l’arrêtera."
    citizen = await arrive("citizen")
    await citizen.open("/recherche?q=chaleur+metro")
    await citizen.page.locator("#results").get_by_role("link", name=re.compile("^Chauffer un quartier")).first.click()
    await (
        citizen.page.get_by_role("main")
        .get_by_role("link", name=re.compile("^Faut-il chauffer un quartier"))
        .first.click()
    )
    await argue(citizen, "Pour", mine)
    await expect(column(citizen, "for").get_by_role("article").first).to_contain_text("madame Perrin")
    assert await axe.violations(citizen.page) == []
    await follows(citizen)

    expert = await arrive("expert")
    await enter(expert)
    await follows(expert)
    await statement(expert, "madame Perrin").get_by_role("link", name="Répondre").click()
    answer = "Un compteur par logement a fait baisser le besoin de onze pour cent aux Verriers."
    await expert.page.get_by_label("Votre réponse").fill(answer)
    await expert.button("Répondre").click()
    await expert.says("Votre réponse est en ligne.")
    await expect(statement(citizen, "onze pour cent")).to_be_visible()
    await expect(citizen.page.get_by_text("Un nouvel argument vient d’arriver.")).to_be_visible()

    before = int(await citizen.page.locator('[data-count="nuance"]').inner_text())
    await enter(expert)
    await argue(expert, "Nuance", "Le prix au compteur n’arrête que ceux qui peuvent l’éteindre.")
    fresh = column(citizen, "nuance").get_by_role("article").first
    await expect(fresh).to_contain_text("n’arrête que ceux")
    await expect(citizen.page.locator('[data-count="nuance"]')).to_have_text(str(before + 1))
    await fresh.get_by_role("button", name="Soutenir").click()
    endorsed = statement(citizen, "n’arrête que ceux").get_by_role("button", name="Soutenir")
    await expect(endorsed).to_have_attribute("aria-pressed", "true")
    await expect(endorsed).to_contain_text("1")
    await follows(citizen)

    partner = await arrive("partner")
    await enter(partner)
    await statement(partner, "madame Perrin").get_by_role("link", name="Signaler").click()
    assert await axe.violations(partner.page) == []
    await partner.page.get_by_role("radio", name="Respecter la vie privée").check()
    await partner.button("Signaler").click()
    await partner.says("Merci.")

    moderator = await arrive("moderator")
    await moderator.open("/mon-espace")
    await expect(moderator.page.get_by_text("Des signalements attendent une décision.")).to_be_visible()
    await moderator.link("Modération").first.click()
    await expect(statement(moderator, "madame Perrin")).to_contain_text("Respecter la vie privée")
    assert await axe.violations(moderator.page) == []
    await statement(moderator, "madame Perrin").get_by_role("link", name="Décider").click()
    await expect(moderator.page.get_by_role("radio", name="Respecter la vie privée")).to_be_checked()
    await moderator.page.get_by_label("Motif, que son auteur lira").fill(MOTIVE)
    await moderator.button("Masquer l’argument").click()
    await moderator.says("Argument masqué.")

    # On the page its author has open, by itself; then for everybody, and in my space.
    await expect(statement(citizen, "madame Perrin")).to_contain_text(MOTIVE)
    await expect(statement(citizen, "onze pour cent")).to_have_count(0)
    await citizen.open("/mon-espace")
    await expect(citizen.page.get_by_text(MOTIVE)).to_be_visible()
    await expect(citizen.link("Respecter la vie privée")).to_be_visible()
    stranger = await arrive()
    await enter(stranger)
    await expect(stranger.page.get_by_text("madame Perrin")).to_have_count(0)
    await expect(stranger.page.get_by_text("Masqué par la modération")).to_have_count(2)
    await expect(stranger.page.get_by_text(MOTIVE)).to_have_count(0)
    for query in ("madame Perrin", "onze pour cent aux Verriers"):
        await stranger.open(f"/recherche?q={query}&type=argument")
        found = stranger.page.locator("#results").get_by_role("article")
        await expect(found.filter(has_text=re.compile("Perrin|onze pour cent"))).to_have_count(0)
    await stranger.open("/charte")
    await expect(stranger.page.get_by_role("row", name=re.compile("Respecter la vie privée"))).to_contain_text("2")
    assert await axe.violations(stranger.page) == []


async def test_it_works_without_javascript(arrive: Arrive) -> None:
    expert = await arrive("expert", java_script_enabled=False)
    await expert.open("/debats")
    await expert.link("Ouvrir un débat").click()
    await expert.page.get_by_label("Question").fill("Faut-il éteindre les vitrines à vingt-deux heures ?")
    await expert.button("Ouvrir le débat").click()
    await expert.says("Débat ouvert.")
    path = await expert.path()
    await argue(expert, "Pour", "Personne n’achète de chaussures à minuit.")

    citizen = await arrive("citizen", java_script_enabled=False)
    await citizen.open(path.partition("?")[0].partition("#")[0])
    await statement(citizen, "chaussures").get_by_role("button", name="Soutenir").click()
    await expect(statement(citizen, "chaussures").get_by_role("button", name="Soutenir")).to_contain_text("1")
    await statement(citizen, "chaussures").get_by_role("link", name="Répondre").click()
    await citizen.page.get_by_label("Votre réponse").fill("Mais on y marche, et l’on y voit.")
    await citizen.button("Répondre").click()
    await citizen.says("Votre réponse est en ligne.")

    await expert.open(path.partition("?")[0].partition("#")[0])
    await expect(statement(expert, "l’on y voit")).to_be_visible()
    await expert.link("Clore maintenant").click()
    await expert.button("Clore le débat").click()
    await expect(expert.heading("Ce débat est clos")).to_be_visible()
    await expect(expert.button("Publier mon argument")).to_have_count(0)


async def test_by_keyboard_alone(arrive: Arrive) -> None:
    citizen = await arrive("citizen")
    await enter(citizen)
    await citizen.link("Donner un argument").focus()
    await citizen.page.keyboard.press("Enter")
    await citizen.page.keyboard.press("Tab")
    await expect(citizen.page.get_by_role("radio", name="Pour", exact=True)).to_be_focused()
    await citizen.page.keyboard.press("ArrowDown")
    await expect(citizen.page.get_by_role("radio", name="Contre", exact=True)).to_be_checked()
    await citizen.page.keyboard.press("Tab")
    await citizen.page.keyboard.type("Au clavier aussi, la chaleur d’un autre reste celle d’un autre.")
    await citizen.page.keyboard.press("Tab")
    await citizen.page.keyboard.press("Enter")
    await citizen.says("Votre argument est en ligne.")
    await expect(statement(citizen, "Au clavier aussi")).to_be_visible()
