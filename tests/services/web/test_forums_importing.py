"""Importing a schedule.json on the site: what it changes is shown before it is done, and what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from services.web.sections.forums.importing import LARGEST, NoSchedule, packed, parsed, unpacked
from shared.clients.base import ServiceDown
from tests.services.web.neighbours import World
from tests.services.web.neighbours.events import Planned
from tests.services.web.neighbours.words import problem
from tests.services.web.reading import form_in, sign_in
from tests.services.web.test_forums import DAY, ORGANIZER, a_forum, at, planned, words_of

__all__ = ["planned"]

HERE = {"Origin": "http://demain.test"}


def schedule(*sessions: tuple[str, str, str, str], zone: str | None = "Europe/Paris") -> dict[str, Any]:
    """A file with sessions of guid, title, room, start."""
    rooms: dict[str, list[dict[str, Any]]] = {}
    for guid, title, room, start in sessions:
        rooms.setdefault(room, []).append(
            {"guid": guid, "title": title, "date": f"{DAY}T{start}:00+02:00", "duration": "00:30"}
        )
    conference = {"title": "Importé", "days": [{"rooms": rooms}], **({"time_zone_name": zone} if zone else {})}
    return {"schedule": {"version": "1", "conference": conference}}


async def upload(
    browser: httpx.AsyncClient, path: str, content: bytes | dict[str, Any], **fields: str
) -> httpx.Response:
    page = await browser.get(path)
    token = dict(form_in(page, "zone").fields)["form_token"]
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await browser.post(
        path, data={"form_token": token, **fields}, files={"file": ("schedule.json", data)}, headers=HERE
    )


async def confirm(browser: httpx.AsyncClient, shown: httpx.Response) -> httpx.Response:
    form = form_in(shown, "document")
    return await browser.post(form.action, data=dict(form.fields), files={"none": b""}, headers=HERE)


async def test_a_file_is_shown_before_it_is_applied(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    room = planned.room(forum, "Verrière")
    stays = planned.session(forum, room, "Reste", at(9), 30)
    moves = planned.session(forum, room, "Bouge", at(10), 30)
    planned.session(forum, room, "S’en va", at(11), 30)
    offset = stays.starts_at.strftime("%z")
    document = schedule(
        (stays.guid, "Reste", "Verrière", "09:00"),
        (moves.guid, "Bouge", "Halle", "15:00"),
        ("n", "Vient", "Halle", "16:00"),
    )
    text = json.dumps(document).replace("+02:00", f"{offset[:3]}:{offset[3:]}")
    await sign_in(browser, ORGANIZER)
    path = f"/forums/{forum.id}/importer"
    shown = await upload(browser, path, text.encode())
    said = words_of(shown.text)
    assert shown.status_code == 200
    assert "Nouvelles 1 Vient" in said
    assert "Déplacées 1 Bouge" in said
    assert "à 10:00, Verrière, 30 minutes" in said and "à 15:00, Halle, 30 minutes" in said
    assert "Annulées 1 S’en va" in said
    assert "1 session ne change pas." in said
    assert not planned.imported
    done = await confirm(browser, shown)
    assert (done.status_code, done.headers["location"]) == (303, forum.url)
    assert planned.imported == [json.loads(text)]


async def test_what_changed_meanwhile_is_shown_again(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    room = planned.room(forum, "Verrière")
    await sign_in(browser, ORGANIZER)
    shown = await upload(browser, f"/forums/{forum.id}/importer", schedule(("n", "Vient", "Halle", "16:00")))
    planned.session(forum, room, "Ajoutée entre-temps", at(9))
    again = await confirm(browser, shown)
    assert again.status_code == 200
    assert "Le programme a changé entre-temps" in again.text
    assert "Ajoutée entre-temps" in again.text
    assert not planned.imported
    assert (await confirm(browser, again)).status_code == 303


async def test_a_file_may_open_a_new_forum(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    await sign_in(browser, ORGANIZER)
    shown = await upload(browser, "/forums/importer", schedule(("n", "Vient", "Halle", "16:00")))
    assert "Un nouveau forum, en brouillon." in words_of(shown.text)
    assert "Créer ce forum" in shown.text
    done = await confirm(browser, shown)
    (made,) = planned.forums.values()
    assert done.headers["location"] == made.url


async def test_a_malformed_file_is_refused_with_the_path_of_the_fault(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    planned.faults = [
        ("/schedule/conference/days/0/rooms/Halle/0/duration", "is no length; write it as 01:30"),
        ("/schedule/conference/days/1", "is <no> object"),
    ]
    await sign_in(browser, ORGANIZER)
    answer = await upload(browser, "/forums/importer", schedule())
    assert answer.status_code == 422
    assert "Ce fichier a été refusé en entier" in answer.text
    field = answer.text.partition('<label for="file">')[2].partition('<input type="file"')[0]
    assert "/schedule/conference/days/0/rooms/Halle/0/duration" in field.replace("<wbr>", "")
    assert '<span lang="en">is no length; write it as 01:30</span>' in field
    assert "is &lt;no&gt; object" in field
    assert not planned.imported


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Ce fichier n’est pas du JSON"),
        (b'{"schedule":\n  oui}', "cesse de l’être à la ligne 2, signe 3."),
        (b"\xff\xfe\x00", "n’est pas un texte en UTF-8"),
        (b"[]", "devrait contenir un objet « schedule »"),
        (b"[" * 200_000, "Ce fichier n’est pas"),
        (b'{"schedule": "' + b"x" * LARGEST + b'"}', "Ce fichier est trop grand"),
    ],
)
async def test_what_is_no_schedule_is_told_apart(
    browser: httpx.AsyncClient, world: World, planned: Planned, content: bytes, said: str
) -> None:
    await sign_in(browser, ORGANIZER)
    answer = await upload(browser, "/forums/importer", content)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert "events.import_schedule" not in world.calls


async def test_no_file_no_zone_no_service(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    await sign_in(browser, ORGANIZER)
    page = await browser.get("/forums/importer")
    token = dict(form_in(page, "zone").fields)["form_token"]
    nothing = await browser.post(
        "/forums/importer", data={"form_token": token}, files={"file": ("", b"")}, headers=HERE
    )
    assert "Choisissez un fichier schedule.json." in nothing.text
    zoneless = await upload(browser, "/forums/importer", schedule(zone=None))
    assert "Dites dans quel fuseau horaire" in zoneless.text
    said = await upload(browser, "/forums/importer", schedule(zone=None), zone="Europe/Paris")
    assert said.status_code == 200
    world.failing["events.import_schedule"] = problem(
        409, conflicts=[{"room": {"name": "Halle"}, "sessions": [
            {"id": "a", "title": "L’une", "begins_at": f"{DAY}T08:00:00Z", "ends_at": f"{DAY}T09:00:00Z"},
            {"id": "b", "title": "L’autre", "begins_at": f"{DAY}T08:30:00Z", "ends_at": f"{DAY}T09:00:00Z"},
        ]}],
    )  # fmt: skip
    twice = await upload(browser, "/forums/importer", schedule())
    assert "deux sessions dans une salle" in twice.text
    assert "L’une" in twice.text and "L’autre" in twice.text
    world.failing["events.import_schedule"] = ServiceDown("events", "away")
    away = await upload(browser, "/forums/importer", schedule())
    assert "L’importation ne répond pas" in away.text


async def test_a_foreign_form_uploads_nothing(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    await sign_in(browser, ORGANIZER)
    files = {"file": ("schedule.json", b"{}")}
    foreign = await browser.post("/forums/importer", files=files, headers={"Origin": "http://elsewhere.test"})
    assert foreign.status_code == 403
    stale = await browser.post("/forums/importer", data={"form_token": "x"}, files=files, headers=HERE)
    assert stale.status_code == 422
    assert "Le formulaire avait expiré" in stale.text
    assert "events.import_schedule" not in world.calls


def test_what_is_packed_is_unpacked_and_nothing_larger() -> None:
    document = schedule(("a", "É" * 1000, "Halle", "09:00"))
    assert unpacked(packed(document)) == document
    bomb = packed({"schedule": "x" * (3 * LARGEST)})
    assert len(bomb) < 50_000
    for text in (bomb, "nul", packed(document)[:-8], packed(document)[:40]):
        with pytest.raises(NoSchedule):
            unpacked(text)
    with pytest.raises(NoSchedule):
        parsed(b'{"programme": 1}')
