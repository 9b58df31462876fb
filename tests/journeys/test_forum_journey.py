"""A forum from its file to its visitors: imported, planned without double bookings, published, found, filled."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arrive
from tests.journeys.instance import Platform
from tests.journeys.visitor import Visitor
from tests.services.events import schedules
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

TITLE = "La ville en août"
GUIDS = [schedules.guid(number) for number in range(1, 5)]


async def _imported(organizer: Visitor, acronym: str) -> str:
    """The path of the draft that the sample schedule made."""
    document = schedules.document(acronym=acronym, title=TITLE)
    await organizer.open("/forums")
    await organizer.link("Importer un programme").click()
    await organizer.page.get_by_label("Fichier schedule.json").set_input_files(
        {"name": "schedule.json", "mimeType": "application/json", "buffer": json.dumps(document).encode()}
    )
    await organizer.button("Voir ce qui changerait").click()
    await expect(organizer.page.get_by_text("Un nouveau forum, en brouillon.")).to_be_visible()
    await expect(organizer.page.get_by_role("listitem").filter(has_text="Séance 1")).to_be_visible()
    await organizer.button("Créer ce forum").click()
    await organizer.says("Programme importé.")
    await expect(organizer.heading(TITLE)).to_be_visible()
    return await organizer.path()


async def _registers(visitor: Visitor, path: str, button: str, notice: str) -> None:
    await visitor.open(path)
    await visitor.button(button).click()
    await visitor.says(notice)


@pytest.mark.parametrize("scripts", [False, True], ids=["without-javascript", "with-javascript"])
async def test_an_organizer_imports_plans_and_publishes_and_people_come(
    arrive: Arrive, demain: Platform, scripts: bool
) -> None:
    organizer = await arrive("organizer", java_script_enabled=scripts)
    page = organizer.page
    path = await _imported(organizer, f"aout-{scripts}")
    id = path.split("/")[2]

    # A room is booked once: the refusal names who has it, and keeps what was typed.
    await organizer.link("Ajouter une session").click()
    await page.get_by_label("Titre", exact=True).fill("Une session de trop")
    await page.get_by_label("Salle").select_option(label="Curie")
    await page.get_by_label("Début").fill("2090-08-21T10:15")
    await page.get_by_label("Durée, en minutes").fill("30")
    await organizer.button("Ajouter au programme").click()
    await expect(page.get_by_role("alert")).to_contain_text("La salle est prise à cette heure-là")
    conflict = page.locator("#conflicts").get_by_role("link")
    await expect(conflict).to_have_text("Séance 1")
    assert f"/forums/{id}/sessions/" in (await conflict.get_attribute("href") or "")
    await expect(page.get_by_label("Titre", exact=True)).to_have_value("Une session de trop")
    await expect(page.get_by_label("Durée, en minutes")).to_have_value("30")
    await page.get_by_label("Début").fill("2090-08-21T11:15")
    await organizer.button("Ajouter au programme").click()
    await organizer.says("Session ajoutée au programme.")
    added = await organizer.path()

    # It says what it lacks before it is published.
    await organizer.open(path)
    await organizer.link("Publier", exact=True).click()
    await organizer.button("Publier maintenant").click()
    await expect(page.get_by_role("alert")).to_contain_text("Il manque encore")
    await organizer.link("Modifier le forum").click()
    await page.get_by_label("Chapeau").fill("Deux jours dehors pour parler de l’ombre.")
    await page.get_by_label("Lieu", exact=True).fill("Jardin des Plantes, Nantes")
    await page.get_by_label("Nombre de places").fill("1")
    await organizer.button("Enregistrer les modifications").click()
    await organizer.says("Vos modifications sont enregistrées.")
    await organizer.link("Publier", exact=True).click()
    await organizer.button("Publier maintenant").click()
    await organizer.says("Forum publié.")

    # Others take it along, and find it.
    citizen, partner = await arrive("citizen", java_script_enabled=scripts), await arrive("partner")
    get = citizen.context.request.get
    calendar = await get(f"{citizen.origin}/api/forums/{id}/calendar.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert (await calendar.text()).count("BEGIN:VEVENT") == len(GUIDS) + 1
    exported = json.dumps(await (await get(f"{citizen.origin}/api/forums/{id}/schedule.json")).json())
    assert all(guid in exported for guid in GUIDS)

    async def found() -> bool:
        answer = await get(f"{citizen.origin}/api/search", params={"q": "session de trop", "type": "session"})
        return added in {hit["url"] for hit in (await answer.json())["hits"]}

    await eventually(found)
    await citizen.open("/recherche?q=session+de+trop&type=session")
    await citizen.page.locator(f'a[href="{added}"]').click()
    await expect(citizen.heading("Une session de trop")).to_be_visible()
    await citizen.link(TITLE).first.click()

    # One place: the first has it, the second waits and gets it.
    await _registers(citizen, path, "M’inscrire", "Vous êtes inscrit.")
    await expect(citizen.page.get_by_text("Vous êtes inscrit depuis aujourd’hui")).to_be_visible()
    await partner.open(path)
    await expect(partner.page.get_by_text("Complet")).to_be_visible()
    await _registers(partner, path, "Entrer dans la liste d’attente", "Vous êtes en liste d’attente.")
    await expect(partner.page.get_by_text("Vous êtes en liste d’attente, au rang 1.")).to_be_visible()
    await partner.open("/mon-espace")
    await expect(partner.page.get_by_text("En liste d’attente, au rang 1.")).to_be_visible()
    await citizen.link("Annuler mon inscription").click()
    await citizen.button("Annuler mon inscription").click()
    await citizen.says("Votre inscription est annulée.")
    await partner.open(path)
    await expect(partner.page.get_by_text("Une place s’est libérée")).to_be_visible()

    await organizer.open(path)
    await organizer.link("Inscriptions", exact=True).click()
    row = page.get_by_role("row").filter(has_text=demain.account("partner").display_name)
    await expect(row).to_contain_text("inscrit")
    await expect(page.get_by_role("row").filter(has_text=demain.account("citizen").display_name)).to_have_count(0)

    # What does not take place says why.
    await organizer.open(added)
    await organizer.link("Annuler la session").click()
    await page.get_by_label(re.compile("Pourquoi")).fill("La pluie.")
    await organizer.button("Annuler la session").click()
    await organizer.says("Session annulée.")
    await citizen.open(added)
    await expect(citizen.page.get_by_text("La pluie.")).to_be_visible()


async def test_a_refusal_takes_the_focus_and_leads_to_its_field_by_keyboard(arrive: Arrive) -> None:
    organizer = await arrive("organizer")
    page, keyboard = organizer.page, organizer.page.keyboard
    await organizer.open("/forums/nouveau")
    await page.get_by_label("Titre", exact=True).focus()
    await keyboard.type("Sans souris")
    await page.get_by_label("Premier jour").fill("2027-05-03")
    await page.get_by_label("Dernier jour").fill("2027-05-01")
    await organizer.button("Enregistrer le brouillon").press("Enter")
    await expect(page.get_by_role("alert")).to_be_focused()
    await keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Dernier jour")
    await keyboard.press("Enter")
    await expect(page.get_by_label("Dernier jour")).to_be_focused()
    await expect(page.get_by_label("Dernier jour")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Titre", exact=True)).to_have_value("Sans souris")


async def test_the_programme_is_walked_through_by_keyboard(arrive: Arrive) -> None:
    visitor = await arrive()
    page, keyboard = visitor.page, visitor.page.keyboard
    await visitor.open("/forums")
    await page.locator("article h2 a").first.focus()
    await keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/forums/[0-9a-f-]{36}/"))
    await page.get_by_role("link", name="Grille").focus()
    await keyboard.press("Enter")
    await expect(page.get_by_role("table")).to_be_visible()
    headers = await page.get_by_role("columnheader").all_inner_texts()
    assert headers[0] == "Heure" and len(headers) > 1
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.get_by_role("table")).to_be_hidden()
    await expect(page.locator("ul.programme li").first).to_be_visible()
