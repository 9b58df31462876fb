"""Writing without JavaScript: nothing that was typed is ever lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.web.dates import PARIS
from shared.clients.base import ServiceDown
from tests.services.web.neighbours import World
from tests.services.web.reading import form_in, send, sign_in

TEXT = "Un **texte**.\n\n## Puis un titre"


async def editor(browser: httpx.AsyncClient, path: str = "/contributions/nouvelle") -> httpx.Response:
    await sign_in(browser, "ines@demain.example")
    page = await browser.get(path)
    assert page.status_code == 200
    return page


def draft_of(world: World, title: str) -> str:
    return next(one.id for one in world.contributions.values() if one.title == title)


async def test_the_whole_life_of_a_contribution(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    shown = await send(browser, page, "title", title="Ma note", body=TEXT, kind="note", do="preview")
    assert shown.status_code == 200
    assert "<strong>texte</strong>" in shown.text
    assert "Ma note" not in {one.title for one in world.contributions.values()}
    saved = await send(browser, shown, "title", summary="En bref.", themes=["water", "energy"], do="save")
    assert saved.status_code == 303
    id = draft_of(world, "Ma note")
    assert saved.headers["location"] == f"/contributions/{id}/modifier"
    again = await browser.get(saved.headers["location"])
    assert "Personne d’autre que vous ne voit ce brouillon" in again.text
    assert "Personne d’autre que vous ne voit" not in (await browser.get(saved.headers["location"])).text
    assert dict(form_in(again, "title").fields)["body"] == TEXT
    asked = await send(browser, again, "title", title="Ma seconde note", do="submit")
    assert asked.headers["location"] == f"/contributions/{id}/etapes/soumettre"
    confirm = await browser.get(asked.headers["location"])
    assert "Soumettre ce texte à la rédaction" in confirm.text
    assert (await send(browser, confirm, "version")).status_code == 303
    assert world.contributions[id].state == "submitted"
    assert set(world.contributions[id].themes) == {"water", "energy"}
    browser.cookies.clear()
    await sign_in(browser, "redaction@demain.example")
    assert "Ma seconde note" in (await browser.get("/relecture")).text
    publish = await browser.get(f"/contributions/{id}/etapes/publier")
    done = await send(browser, publish, "version")
    page = await browser.get(done.headers["location"], follow_redirects=True)
    assert page.status_code == 200
    withdraw = await browser.get(f"/contributions/{id}/etapes/retirer")
    unsaid = await send(browser, withdraw, "reason", reason="  ")
    assert unsaid.status_code == 422
    assert world.contributions[id].state == "published"
    assert (await send(browser, unsaid, "reason", reason="Chiffres faux.")).status_code == 303
    assert (await browser.get(world.contributions[id].url)).status_code == 410


async def test_what_submitting_needs_is_said_before(browser: httpx.AsyncClient) -> None:
    page = await editor(browser)
    answer = await send(browser, page, "title", title="Presque", body="", do="submit")
    assert answer.status_code == 422
    for name in ("summary", "body", "themes"):
        assert f'href="#{name}"' in answer.text


async def test_sent_twice_it_is_created_once(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    first = await send(browser, page, "title", title="Une seule fois", do="save")
    second = await send(browser, page, "title", title="Une seule fois", do="save")
    assert first.headers["location"] == second.headers["location"]
    assert [one.title for one in world.contributions.values()].count("Une seule fois") == 1


async def test_an_error_keeps_what_was_typed(browser: httpx.AsyncClient) -> None:
    page = await editor(browser)
    answer = await send(browser, page, "title", title="", body=TEXT, kind="study", themes=["water"], do="save")
    assert answer.status_code == 422
    fields = form_in(answer, "title").fields
    assert ("body", TEXT) in fields
    assert ("kind", "study") in fields
    assert ("themes", "water") in fields
    assert 'href="#title"' in answer.text
    assert 'id="title-error"' in answer.text


@pytest.mark.parametrize("what", ["contributions away", "session ended", "stale form"])
async def test_whatever_happens_the_text_is_still_there(browser: httpx.AsyncClient, world: World, what: str) -> None:
    page = await editor(browser)
    filled = {"title": "Longue nuit", "body": TEXT, "do": "save"}
    if what == "contributions away":
        world.away = {"contributions"}
    elif what == "session ended":
        browser.cookies.clear()
    else:
        filled["form_token"] = "0" * 64
    answer = await send(browser, page, "title", **filled)
    assert answer.status_code == 422
    assert dict(form_in(answer, "title").fields)["body"] == TEXT
    assert "Longue nuit" not in {one.title for one in world.contributions.values()}


async def test_a_change_by_somebody_else_shows_both(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, "La rue aux enfants, le jeudi")
    page = await editor(browser, f"/contributions/{id}/modifier")
    world.contributions[id] = world.contributions[id].model_copy(
        update={"version": 7, "body": "Autre", "body_html": "<p>Autre</p>"}
    )
    answer = await send(browser, page, "title", body=TEXT, do="save")
    assert answer.status_code == 409
    assert dict(form_in(answer, "title").fields)["body"] == TEXT
    assert "<p>Autre</p>" in answer.text
    assert "Ce que l’autre version a changé" in answer.text
    assert re.search("<ins>.*Autre.*</ins>", answer.text)
    assert f'href="/contributions/{id}/modifier" data-drop-copy' in answer.text
    assert (await send(browser, answer, "title", do="save")).status_code == 303
    assert world.contributions[id].body == TEXT


async def test_a_transition_on_an_old_version_asks_again(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, "Récupérer la chaleur des lavoirs")
    await sign_in(browser, "redaction@demain.example")
    page = await browser.get(f"/contributions/{id}/etapes/publier")
    world.contributions[id] = world.contributions[id].model_copy(update={"version": 4})
    answer = await send(browser, page, "version")
    assert answer.status_code == 422
    assert "a changé pendant que vous le regardiez" in answer.text
    assert (await send(browser, answer, "version")).status_code == 303
    assert world.contributions[id].state == "published"


async def test_a_transition_that_is_not_possible_says_so(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, "Récupérer la chaleur des lavoirs")
    await sign_in(browser, "ines@demain.example")
    answer = await browser.get(f"/contributions/{id}/etapes/publier")
    assert answer.status_code == 409
    assert 'name="version"' not in answer.text
    assert (await browser.get(f"/contributions/{id}/etapes/inventer")).status_code == 404


async def test_the_author_reads_why_it_came_back(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, "Dessiner la ville à hauteur d’enfant")
    page = await editor(browser, f"/contributions/{id}/modifier")
    assert "Il manque la source du deuxième tableau" in page.text
    assert "Enregistrer et soumettre de nouveau" in page.text
    at_a_glance = await browser.get(world.contributions[id].url)
    assert "Il manque la source du deuxième tableau" in at_a_glance.text
    assert "La rédaction a demandé des modifications" in at_a_glance.text
    mine = (await browser.get("/mon-espace")).text
    assert mine.index("Modifications demandées") < mine.index("Dessiner la ville") < mine.index("Brouillons")


async def test_the_queue_shows_what_editors_wait_for(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, "redaction@demain.example")
    queue = (await browser.get("/relecture")).text
    assert queue.index("Récupérer la chaleur") < queue.index("Chez leurs auteurs") < queue.index("Dessiner la ville")
    id = draft_of(world, "Récupérer la chaleur des lavoirs")
    asked = await browser.get(f"/contributions/{id}/etapes/renvoyer")
    done = await send(browser, asked, "reason", reason="Datez les relevés.")
    assert (done.status_code, world.contributions[id].state) == (303, "changes_requested")
    assert "Demande envoyée" in (await browser.get(done.headers["location"])).text
    english = (await browser.get("/en/relecture")).text
    assert "With their authors" in english
    assert "The editors requested changes" in english


async def test_a_citizen_is_offered_ideas(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, "citoyen@demain.example")
    page = await browser.get("/contributions/nouvelle")
    assert 'value="idea"' in page.text
    assert 'value="study"' not in page.text
    forced = await send(browser, page, "title", title="Une étude quand même", kind="study", do="save")
    assert forced.status_code == 422
    assert "rôle d’expert" in forced.text
    assert (await send(browser, page, "title", title="Une idée", do="save")).status_code == 303


async def test_the_live_preview_answers_the_text_alone(browser: httpx.AsyncClient) -> None:
    page = await editor(browser)
    token = dict(form_in(page, "title").fields)["form_token"]
    answer = await browser.post(
        "/contributions/apercu", data={"form_token": token, "body": TEXT, "title": "T ?", "language": "fr"}
    )
    assert answer.status_code == 200
    assert "<strong>texte</strong>" in answer.text
    assert "T\u202f?" in answer.text
    assert "<html" not in answer.text
    assert (await browser.post("/contributions/apercu", data={"body": TEXT})).status_code == 403


async def test_a_publication_is_scheduled_and_called_back(browser: httpx.AsyncClient, world: World) -> None:
    id = draft_of(world, "Récupérer la chaleur des lavoirs")
    await sign_in(browser, "redaction@demain.example")
    page = await browser.get(f"/contributions/{id}/etapes/programmer")
    assert 'type="datetime-local"' in page.text
    for when in ("", "jeudi", "2020-01-01T08:00"):
        again = await send(browser, page, "version", at=when)
        assert again.status_code == 422
        assert 'id="at-error"' in again.text
    ahead = datetime.now(UTC) + timedelta(days=40)
    done = await send(browser, page, "version", at=ahead.strftime("%Y-%m-%dT08:30"))
    assert done.status_code == 303
    assert world.contributions[id].state == "scheduled"
    at = world.contributions[id].publish_at
    assert at is not None
    assert at.astimezone(PARIS).strftime("%H:%M") == "08:30"
    shown = (await browser.get(done.headers["location"])).text
    assert "à 08:30, heure de Paris" in shown
    queue = (await browser.get("/relecture")).text
    assert queue.index("Programmées") < queue.index("Récupérer la chaleur")
    back = await browser.get(f"/contributions/{id}/etapes/deprogrammer")
    assert (await send(browser, back, "version")).status_code == 303
    assert world.contributions[id].state == "submitted"


async def autosave(
    browser: httpx.AsyncClient, page: httpx.Response, path: str, version: int | None = None, **typed: str
) -> httpx.Response:
    """What the editor's script sends."""
    fields = dict(form_in(page, "title").fields) | typed
    headers = {"Origin": str(browser.base_url).rstrip("/")}
    if version is None:
        return await browser.post(path, data=fields, headers=headers)
    return await browser.patch(path, data=fields, headers={**headers, "If-Match": f'"{version}"'})


async def test_a_draft_saves_itself(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    untitled = await autosave(browser, page, "/contributions/brouillons", body="Sans titre.")
    assert untitled.status_code == 422
    made = await autosave(browser, page, "/contributions/brouillons", title="Peu à peu", body="Un mot.")
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    id = draft_of(world, "Peu à peu")
    path = f"/contributions/{id}/modifier"
    assert made.json()["edit"] == path
    more = await autosave(browser, page, path, 1, title="Peu à peu", body="Un mot, puis deux.")
    assert (more.status_code, more.json()["version"]) == (200, 2)
    assert re.match(r"Enregistré à \d\d:\d\d", more.json()["said"])
    assert world.contributions[id].body == "Un mot, puis deux."
    stale = await autosave(browser, page, path, 1, title="Peu à peu", body="Perdu ?")
    assert stale.status_code == 412
    assert "modifié ailleurs" in stale.json()["said"]
    assert world.contributions[id].body == "Un mot, puis deux."
    assert "Un mot, puis deux." in (await browser.get(path)).text


@pytest.mark.parametrize("what", ["contributions away", "session ended", "stale form", "no version"])
async def test_a_draft_that_could_not_save_itself_says_why(browser: httpx.AsyncClient, world: World, what: str) -> None:
    id = draft_of(world, "La rue aux enfants, le jeudi")
    path, before = f"/contributions/{id}/modifier", world.contributions[id]
    page = await editor(browser, path)
    token: dict[str, str] = {}
    if what == "contributions away":
        world.away = {"contributions"}
    elif what == "session ended":
        browser.cookies.clear()
    elif what == "stale form":
        token["form_token"] = "0" * 64
    fields = dict(form_in(page, "title").fields) | {"body": "Autre"} | token
    headers = {} if what == "no version" else {"If-Match": f'"{before.version}"'}
    answer = await browser.patch(path, data=fields, headers=headers)
    assert answer.status_code == {"contributions away": 503, "no version": 428}.get(what, 403)
    assert answer.json()["said"]
    assert world.contributions[id] == before
    foreign = await browser.patch(path, data=fields, headers={**headers, "Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403


async def test_a_first_saving_whose_answer_was_lost_is_gone_on_from(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    world.failing["contributions.create is not answered"] = ServiceDown("contributions", "the line was cut")
    lost = await autosave(browser, page, "/contributions/brouillons", title="Coupé", body="Un mot.")
    assert lost.status_code == 503
    world.failing.clear()
    again = await autosave(browser, page, "/contributions/brouillons", title="Coupé", body="Un mot, puis deux.")
    assert (again.status_code, again.json()["version"]) == (201, 2)
    assert [one.title for one in world.contributions.values()].count("Coupé") == 1
    assert world.contributions[draft_of(world, "Coupé")].body == "Un mot, puis deux."


async def test_by_hand_it_is_gone_on_from_as_well(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    world.failing["contributions.create is not answered"] = ServiceDown("contributions", "the line was cut")
    assert (await send(browser, page, "title", title="Coupé", body="Un mot.", do="save")).status_code == 422
    world.failing.clear()
    done = await send(browser, page, "title", title="Coupé net", body="Un mot.", do="save")
    id = draft_of(world, "Coupé net")
    assert done.headers["location"] == f"/contributions/{id}/modifier"
    assert "Coupé" not in {one.title for one in world.contributions.values()}
    world.contributions[id] = world.contributions[id].model_copy(update={"version": 9})
    late = await send(browser, page, "title", title="Encore", do="save")
    assert late.status_code == 422, "what somebody else made of it since is not written over"
    assert "Encore" in late.text
