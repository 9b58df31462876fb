"""The organizer's work: a forum and its rooms, and who may not."""

from __future__ import annotations

import httpx
import pytest

from tests.services.web.neighbours import World
from tests.services.web.neighbours.events import Planned
from tests.services.web.reading import form_in, send, sign_in
from tests.services.web.test_forums import (
    CITIZEN,
    DAY,
    ORGANIZER,
    a_forum,
    a_programme,
    planned,
    words_of,
)

__all__ = ["planned"]

ADMIN, RIVAL = "admin@demain.example", "rivale@demain.example"
PAGES = (
    "modifier",
    "salles",
    "importer",
    "inscriptions",
    "inscriptions.csv",
    "etapes/annuler",
    "programme/nouvelle-session",
    "programme/{session}/modifier",
    "programme/{session}/echanger",
    "programme/{session}/etapes/annuler",
)


@pytest.mark.parametrize("part", PAGES)
async def test_only_its_organizer_and_admins_work_on_a_forum(
    browser: httpx.AsyncClient, world: World, planned: Planned, part: str
) -> None:
    world.account(ADMIN, "Mireille Aubert", "admin")
    world.account(RIVAL, "Une autre", "organizer")
    forum = a_forum(world, planned)
    _rooms, sessions = a_programme(world, planned, forum)
    path = f"/forums/{forum.id}/" + part.format(session=sessions[0].id)
    stranger = await browser.get(path)
    assert (stranger.status_code, stranger.headers["location"].partition("?")[0]) == (303, "/connexion")
    for email, status in ((CITIZEN, 403), (RIVAL, 403), (ORGANIZER, 200), (ADMIN, 200)):
        browser.cookies.clear()
        await sign_in(browser, email)
        answer = await browser.get(path)
        assert answer.status_code == status, email
        assert (status == 403) == ("Votre compte n’a pas le rôle" in answer.text)
        if not part.startswith("inscriptions"):
            sent = await browser.post(path, data={}, headers={"Origin": "http://demain.test"})
            assert (sent.status_code == 403) == (status == 403), email


@pytest.mark.parametrize("path", ["/forums/nouveau", "/forums/importer"])
async def test_only_organizers_and_admins_open_forums(
    browser: httpx.AsyncClient, world: World, planned: Planned, path: str
) -> None:
    assert (await browser.get(path)).headers["location"].startswith("/connexion")
    await sign_in(browser, CITIZEN)
    assert (await browser.get(path)).status_code == 403
    assert "Ouvrir un forum" not in (await browser.get("/forums")).text
    browser.cookies.clear()
    await sign_in(browser, ORGANIZER)
    assert (await browser.get(path)).status_code == 200
    assert f'href="{path}"' in (await browser.get("/forums")).text


async def test_a_forum_is_opened_completed_and_published(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    await sign_in(browser, ORGANIZER)
    page = await browser.get("/forums/nouveau")
    filled = {
        "title": "La rue, la nuit",
        "starts_on": DAY.isoformat(),
        "ends_on": DAY.isoformat(),
        "tracks": "Un\n\nDeux",
    }
    twice = [await send(browser, page, "title", **filled) for _ in range(2)]
    (made,) = planned.forums.values()
    assert [answer.headers["location"] for answer in twice] == [f"/forums/{made.id}/salles"] * 2
    assert (made.title, made.tracks, made.capacity, made.state) == ("La rue, la nuit", ["Un", "Deux"], None, "draft")

    rooms = await send(browser, await browser.get(f"/forums/{made.id}/salles"), "name", name="Verrière", capacity="40")
    assert rooms.status_code == 303
    asked = await browser.get(f"/forums/{made.id}/etapes/publier")
    refused = await send(browser, asked, "version")
    assert refused.status_code == 422
    assert "Il manque encore : Chapeau, Lieu." in words_of(refused.text)

    editor = await browser.get(f"/forums/{made.id}/modifier")
    changed = await send(browser, editor, "title", summary="Une nuit dehors.", venue="Nantes", capacity="12")
    assert changed.headers["location"] == planned.forums[made.id].url
    published = await send(browser, await browser.get(f"/forums/{made.id}/etapes/publier"), "version")
    assert published.headers["location"] == planned.forums[made.id].url
    assert (planned.forums[made.id].state, planned.forums[made.id].capacity) == ("published", 12)
    again = await browser.get(f"/forums/{made.id}/etapes/publier")
    assert again.status_code == 409
    assert "Ce n’est pas possible maintenant" in again.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "Donnez un titre"),
        ("starts_on", "demain", "Donnez le premier jour"),
        ("ends_on", "2020-01-01", "Donnez le dernier jour"),
        ("capacity", "douze", "Écrivez un nombre de places"),
        ("capacity", "0", "Écrivez un nombre de places"),
        ("zone", "Mars/Olympus", "Écrivez un fuseau horaire"),
        ("language", "xx", "Choisissez une langue"),
        ("summary", "x" * 601, "1 signes de trop"),
    ],
)
async def test_what_was_typed_is_kept_beside_what_is_wrong(
    browser: httpx.AsyncClient, world: World, planned: Planned, field: str, value: str, said: str
) -> None:
    await sign_in(browser, ORGANIZER)
    filled = {
        "title": "Un titre gardé", "venue": "Un lieu gardé", "starts_on": DAY.isoformat(), "ends_on": DAY.isoformat(),
        field: value,
    }  # fmt: skip
    answer = await send(browser, await browser.get("/forums/nouveau"), "title", **filled)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert f'id="{field}-error"' in answer.text
    kept = dict(form_in(answer, "title").fields)
    assert kept["venue"] == "Un lieu gardé"
    if field != "language":
        assert kept[field] == value
    assert not planned.forums


async def test_two_who_change_one_forum_are_told(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    await sign_in(browser, ORGANIZER)
    page = await browser.get(f"/forums/{forum.id}/modifier")
    planned.keep(forum.model_copy(update={"version": 2, "venue": "Ailleurs"}))
    answer = await send(browser, page, "title", title="Mon titre", venue="Ici")
    assert answer.status_code == 409
    assert "Quelqu’un l’a modifié entre-temps" in answer.text
    assert "Lieu : Ailleurs" in words_of(answer.text)
    again = await send(browser, answer, "title")
    assert again.status_code == 303
    assert (planned.forums[forum.id].title, planned.forums[forum.id].venue) == ("Mon titre", "Ici")


async def test_a_form_from_an_ended_session_keeps_its_text(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    await sign_in(browser, ORGANIZER)
    page = await browser.get("/forums/nouveau")
    browser.cookies.clear()
    answer = await send(browser, page, "title", title="Resté là", starts_on="", ends_on="")
    assert answer.status_code == 422
    assert "Votre connexion a pris fin" in answer.text
    assert dict(form_in(answer, "title").fields)["title"] == "Resté là"


async def test_rooms(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned, state="draft")
    await sign_in(browser, ORGANIZER)
    path = f"/forums/{forum.id}/salles"
    first = await browser.get(f"/forums/{forum.id}/programme/nouvelle-session")
    assert first.headers["location"] == path
    assert "Aucune salle pour l’instant" in (await browser.get(path)).text
    await send(browser, await browser.get(path), "name", name="Verrière")
    page = await browser.get(path)
    twice = await send(browser, page, "capacity", name="Verrière", capacity="x")
    assert twice.status_code == 422
    (room,) = planned.rooms[forum.id]
    changed = await send(browser, page, "room", name="Grande verrière", capacity="40")
    assert changed.status_code == 303
    assert (planned.rooms[forum.id][0].name, planned.rooms[forum.id][0].capacity) == ("Grande verrière", 40)
    stale = await send(browser, page, "room", name="Encore", capacity="")
    assert "modifiée entre-temps" in stale.text
    assert room.id in stale.text
    data = dict(form_in(page, "form_token").fields)
    same = await browser.post(
        path,
        data={"form_token": data["form_token"], "name": "Grande verrière"},
        headers={"Origin": "http://demain.test"},
    )
    assert "Une autre salle porte déjà ce nom." in same.text


async def test_a_cancelled_forum_says_why_and_is_changed_no_more(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    await sign_in(browser, ORGANIZER)
    asked = await browser.get(f"/forums/{forum.id}/etapes/annuler")
    assert (await send(browser, asked, "version", reason="La halle a brûlé.")).status_code == 303
    html = (await browser.get(forum.url)).text
    assert "Ce forum est annulé" in html
    assert "La halle a brûlé." in html
    for part in ("modifier", "salles", "programme/nouvelle-session", "importer"):
        assert (await browser.get(f"/forums/{forum.id}/{part}")).status_code == 409
    assert (await browser.get(f"/forums/{forum.id}/inscriptions")).status_code == 200
    assert (await browser.get(f"/forums/{forum.id}/etapes/nul")).status_code == 404
    stale = await send(browser, asked, "version", reason="Encore")
    assert stale.status_code == 422
