"""The organizer's work: the sessions of a forum, planned, moved, swapped, cancelled."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import uuid4

import httpx
import pytest

from services.web.sections.forums.planning import Written, read_speakers
from shared.clients.events import Forum, Speaker
from tests.services.web.neighbours import World
from tests.services.web.neighbours.events import Planned
from tests.services.web.reading import form_in, send, sign_in
from tests.services.web.test_forums import (
    DAY,
    ORGANIZER,
    OTHER,
    a_forum,
    a_programme,
    at,
    main_of,
    planned,
    words_of,
)

__all__ = ["planned"]


async def _new_session(browser: httpx.AsyncClient, forum: Forum, **filled: str) -> httpx.Response:
    page = await browser.get(f"/forums/{forum.id}/programme/nouvelle-session")
    return await send(browser, page, "title", **filled)


async def test_a_double_booking_names_who_has_the_room(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned, "Athènes", zone="Europe/Athens")
    rooms, sessions = a_programme(world, planned, forum)
    await sign_in(browser, ORGANIZER)
    typed = {
        "title": "En trop",
        "room": rooms[0].id,
        "starts_at": f"{DAY}T10:30",
        "minutes": "45",
        "speakers": "Quelqu’un",
    }
    answer = await _new_session(browser, forum, **typed)
    assert answer.status_code == 409
    html = main_of(answer.text)
    assert f'<a href="{sessions[1].url}">Écouter la nuit</a>' in html
    assert "Grande halle" in html.partition('id="conflicts"')[2].partition("</div>")[0]
    assert "à 10:00, jusqu’à 11:30" in words_of(answer.text)
    assert sessions[0].title not in html, "what is not in the way is not named"
    kept = dict(form_in(answer, "title").fields)
    assert {name: kept[name] for name in typed} == typed
    assert len(planned.sessions[forum.id]) == 4
    mended = await send(browser, answer, "title", starts_at=f"{DAY}T11:30")
    assert mended.status_code == 303
    made = next(one for one in planned.sessions[forum.id].values() if one.title == "En trop")
    assert made.starts_at.isoformat().startswith(f"{DAY}T11:30:00+0")
    assert made.speakers == [Speaker(person=None, name="Quelqu’un")]


async def test_a_session_is_changed_and_a_conflict_with_itself_is_none(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    rooms, sessions = a_programme(world, planned, forum)
    await sign_in(browser, ORGANIZER)
    path = f"/forums/{forum.id}/programme/{sessions[0].id}/modifier"
    page = await browser.get(path)
    kept = dict(form_in(page, "title").fields)
    assert kept["starts_at"] == f"{DAY}T09:00"
    ines = world.accounts[OTHER]
    assert kept["speakers"] == f"Inès Moreau http://demain.test/personnes/{ines.id}/ines-moreau\nJo Vance"
    refused = await send(browser, page, "title", room=rooms[0].id, minutes="90")
    assert refused.status_code == 409
    assert "Écouter la nuit" in refused.text
    done = await send(browser, page, "title", title="Ouverture, plus tôt", starts_at=f"{DAY}T08:45")
    assert done.status_code == 303
    made = planned.sessions[forum.id][sessions[0].id]
    assert (made.title, made.speakers) == ("Ouverture, plus tôt", sessions[0].speakers)
    stale = await send(browser, page, "title", title="Trop tard")
    assert stale.status_code == 409
    assert "Titre : Ouverture, plus tôt" in words_of(stale.text)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "Donnez un titre"),
        ("starts_at", "2027-03-28T02:30", "Donnez un jour et une heure qui existent"),
        ("starts_at", "tôt", "Donnez un jour et une heure qui existent"),
        ("minutes", "0", "Écrivez une durée"),
        ("minutes", "99999", "Écrivez une durée"),
        ("room", "8524c9a1-105f-47cf-8ac5-714e8e60f932", "Choisissez une salle"),
    ],
)
async def test_a_session_that_cannot_be(
    browser: httpx.AsyncClient, world: World, planned: Planned, field: str, value: str, said: str
) -> None:
    forum = a_forum(world, planned)
    room = planned.room(forum, "Verrière")
    await sign_in(browser, ORGANIZER)
    typed = {"title": "Une session", "room": room.id, "starts_at": f"{DAY}T10:00", "minutes": "30", field: value}
    answer = await _new_session(browser, forum, **typed)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert f'id="{field}-error"' in answer.text
    assert not planned.sessions.get(forum.id)


async def test_an_hour_that_comes_twice_stays_which_it_was(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    night = datetime(2027, 10, 31, 2, 30)
    forum = a_forum(world, planned, starts_on=night.date(), ends_on=night.date())
    room = planned.room(forum, "Nuit")
    second = planned.session(forum, room, "La seconde fois", night.replace(fold=1), 30)
    await sign_in(browser, ORGANIZER)
    page = await browser.get(f"/forums/{forum.id}/programme/{second.id}/modifier")
    typed = dict(form_in(page, "title").fields)["starts_at"]
    assert typed == "2027-10-31T02:30"
    written = Written(title="Autre", room=room.id, starts_at=typed, minutes="30")
    assert "starts_at" not in written.fields(second), "said again, it would be the first of the two"
    written.starts_at = "2027-10-31T02:45"
    assert written.fields(second)["starts_at"] == "2027-10-31T02:45"


async def test_a_speaker_in_two_places_is_a_warning(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    rooms, sessions = a_programme(world, planned, forum)
    await sign_in(browser, ORGANIZER)
    typed = {
        "title": "Ailleurs",
        "room": rooms[1].id,
        "starts_at": f"{DAY}T09:00",
        "minutes": "15",
        "speakers": "Jo Vance",
    }
    answer = await _new_session(browser, forum, **typed)
    assert answer.status_code == 303
    shown = words_of((await browser.get(forum.url)).text)
    assert "Enregistré. Mais quelqu’un intervient en deux endroits à la fois" in shown
    assert re.search("Jo Vance : (Ouverture, Ailleurs|Ailleurs, Ouverture)", shown)
    browser.cookies.clear()
    assert "À vérifier" not in (await browser.get(forum.url)).text
    assert sessions


async def test_two_sessions_are_swapped(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    _rooms, (opening, night, workshop, _last) = a_programme(world, planned, forum)
    await sign_in(browser, ORGANIZER)
    path = f"/forums/{forum.id}/programme/{opening.id}/echanger"
    page = await browser.get(path)
    assert f'<option value="{opening.id}' not in page.text
    overlaps = await send(browser, page, "version", other=f"{night.id}@{night.version}")
    assert overlaps.status_code == 422
    assert "l’une des deux chevaucherait une session" in words_of(overlaps.text)
    known = planned.sessions[forum.id]
    assert known[opening.id] == opening
    swapped = await send(browser, page, "version", other=f"{workshop.id}@{workshop.version}")
    assert swapped.status_code == 303
    assert (known[opening.id].begins_at, known[workshop.id].begins_at) == (workshop.begins_at, opening.begins_at)
    assert (known[opening.id].room, known[workshop.id].room) == (workshop.room, opening.room)
    stale = await send(browser, page, "version", other=f"{workshop.id}@{workshop.version}")
    assert stale.status_code == 422
    assert "Le programme a changé" in stale.text
    nobody = await send(browser, await browser.get(path), "version", other="personne")
    assert "Choisissez l’autre session" in nobody.text


async def test_a_session_is_cancelled_with_a_reason_and_comes_back_if_its_room_is_free(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    rooms, (opening, *_others) = a_programme(world, planned, forum)
    await sign_in(browser, ORGANIZER)
    path = f"/forums/{forum.id}/programme/{opening.id}/etapes"
    silent = await send(browser, await browser.get(f"{path}/annuler"), "version", reason=" ")
    assert silent.status_code == 422
    assert planned.sessions[forum.id][opening.id].state == "scheduled"
    done = await send(browser, await browser.get(f"{path}/annuler"), "version", reason="Souffrante.")
    assert done.headers["location"] == opening.url
    assert "Souffrante." in (await browser.get(opening.url)).text
    taker = planned.session(forum, rooms[0], "À sa place", at(9), 30)
    refused = await send(browser, await browser.get(f"{path}/retablir"), "version")
    assert refused.status_code == 422
    assert f'href="{taker.url}"' in refused.text
    del planned.sessions[forum.id][taker.id]
    assert (await send(browser, await browser.get(f"{path}/retablir"), "version")).status_code == 303
    assert planned.sessions[forum.id][opening.id].state == "scheduled"


def test_speakers_are_names_and_people() -> None:
    id = str(uuid4())
    text = f"Jo Vance\n\n  Inès Moreau, http://demain.test/en/personnes/{id.upper()}/ines-moreau \n/personnes/{id}"
    assert read_speakers(text) == [
        {"person": None, "name": "Jo Vance"},
        {"person": id, "name": "Inès Moreau"},
        {"person": id, "name": ""},
    ]


async def test_what_is_typed_outlives_the_session_it_was_typed_in(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned, state="draft")
    room = planned.room(forum, "Verrière")
    await sign_in(browser, ORGANIZER)
    page = await browser.get(f"/forums/{forum.id}/programme/nouvelle-session")
    browser.cookies.clear()
    kept = await send(browser, page, "title", title="Tapé longtemps", room=room.id, starts_at=f"{DAY}T10:00")
    assert kept.status_code == 422
    assert "Votre connexion a pris fin" in kept.text
    assert "Tapé longtemps" in words_of(kept.text)
    await sign_in(browser, ORGANIZER)
    again = await send(browser, kept, "title")
    assert "Le formulaire avait expiré" in again.text
    assert (await send(browser, again, "title")).status_code == 303
    assert [one.title for one in planned.sessions[forum.id].values()] == ["Tapé longtemps"]
    asked = await browser.get(f"/forums/{forum.id}/etapes/publier")
    browser.cookies.clear()
    assert (await send(browser, asked, "version")).status_code == 422
    assert planned.forums[forum.id].state == "draft"
