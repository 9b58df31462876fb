"""Forums, their programme, registrations, and schedules that are imported."""

from __future__ import annotations

import json

from playwright.async_api import expect

from tests.journeys.tour.stop import Stop
from tests.journeys.visitor import Visitor
from tests.journeys.words import ENGLISH
from tests.services.events import schedules

FIRST_EVENT = ("schedule", "conference", "days", 0, "rooms", schedules.ROOMS[0], 0)


async def _undated(visitor: Visitor) -> None:
    page = visitor.page
    await page.get_by_label("Titre", exact=True).fill("Un forum sans jour")
    await page.get_by_label("Premier jour").fill("2027-05-03")
    await page.get_by_label("Dernier jour").fill("2027-05-01")
    await visitor.button("Enregistrer le brouillon").click()
    await expect(page.get_by_role("alert")).to_be_focused()


async def _taken(visitor: Visitor) -> None:
    """In the room and at the hour of another session."""
    page = visitor.page
    await page.get_by_label("Titre", exact=True).fill("Une session de trop")
    day = (await page.get_by_label("Début").input_value())[:10]
    await page.get_by_label("Début").fill(f"{day}T09:45")
    await visitor.button("Ajouter au programme").click()
    await expect(page.get_by_text("Session en cause")).to_be_visible()


async def _upload(visitor: Visitor, document: object) -> None:
    content = json.dumps(document).encode()
    await visitor.page.get_by_label("Fichier schedule.json").set_input_files(
        {"name": "schedule.json", "mimeType": "application/json", "buffer": content}
    )
    await visitor.button("Voir ce qui changerait").click()


async def _malformed(visitor: Visitor) -> None:
    await _upload(visitor, schedules.changed(schedules.document(), *FIRST_EVENT, "duration", to="bientôt"))
    await expect(visitor.page.get_by_text("Ce fichier a été refusé en entier").first).to_be_visible()


async def _uploaded(visitor: Visitor) -> None:
    await _upload(visitor, schedules.document())
    await expect(visitor.heading("Ce que ce fichier changerait")).to_be_visible()


STOPS = {
    "forums": Stop("/forums"),
    "forums-en": Stop("/forums", words=ENGLISH),
    "forums-past": Stop("/forums?when=past"),
    "forums-nothing": Stop("/forums?theme=governance&territory=outre-mer"),
    "forum": Stop(lambda forum: forum.gatherings.coming.url),
    "forum-en": Stop(lambda forum: forum.gatherings.coming.url, words=ENGLISH),
    "forum-of-mine": Stop(lambda forum: forum.gatherings.coming.url, "organizer"),
    "forum-full": Stop(lambda forum: forum.gatherings.full.url, "reviewer"),
    "forum-past": Stop(lambda forum: forum.gatherings.past.url),
    "forum-cancelled": Stop(lambda forum: forum.gatherings.cancelled.url),
    "forum-draft": Stop(lambda forum: forum.gatherings.draft.url, "organizer"),
    "programme": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/programme"),
    "grid": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/grille"),
    "grid-en": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/grille", words=ENGLISH),
    "session": Stop(lambda forum: forum.gatherings.session.url),
    "session-of-mine-en": Stop(lambda forum: forum.gatherings.session.url, "organizer", words=ENGLISH),
    "forum-new": Stop("/forums/nouveau", "organizer"),
    "forum-incomplete": Stop("/forums/nouveau", "organizer", act=_undated),
    "forum-editor-en": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/modifier", "organizer", words=ENGLISH),
    "forum-forbidden": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/modifier", "citizen", status=403),
    "rooms": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/salles", "organizer"),
    "planner": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/{forum.gatherings.session.id}/modifier",
        "organizer",
    ),
    "double-booking": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/nouvelle-session", "organizer", act=_taken
    ),
    "swap": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/{forum.gatherings.session.id}/echanger",
        "organizer",
    ),
    "cancel-session": Stop(
        lambda forum: f"/forums/{forum.gatherings.coming.id}/programme/{forum.gatherings.session.id}/etapes/annuler",
        "organizer",
    ),
    "cancel-forum": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/etapes/annuler", "organizer"),
    "registrants": Stop(lambda forum: f"/forums/{forum.gatherings.full.id}/inscriptions", "organizer"),
    "registration-given-back": Stop(lambda forum: f"/forums/{forum.gatherings.coming.id}/inscription", "citizen"),
    "import": Stop("/forums/importer", "organizer"),
    "import-refused": Stop("/forums/importer", "organizer", act=_malformed),
    "import-diff": Stop("/forums/importer", "organizer", act=_uploaded),
}
