"""Comments on passages and assignments, on screen, without a script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx

from shared.clients.base import ServiceDown
from tests.services.web.neighbours import World
from tests.services.web.reading import send, sign_in

EDITOR, AUTHOR, STRANGER = "redaction@demain.example", "ines@demain.example", "labo@demain.example"


def submitted(world: World) -> str:
    return next(one.id for one in world.contributions.values() if one.state == "submitted")


async def test_an_editor_comments_and_the_author_settles_it(browser: httpx.AsyncClient, world: World) -> None:
    id = submitted(world)
    path = f"/contributions/{id}/commentaires"
    assert (await browser.get(path)).status_code in (303, 307)
    await sign_in(browser, EDITOR)
    page = await browser.get(path)
    assert "Aucun commentaire" in page.text
    assert f'href="{path}"' in (await browser.get(world.contributions[id].url)).text
    wrong = await send(browser, page, "exact", exact="un tramway", body="Lequel ?")
    assert wrong.status_code == 422
    assert "n’est pas dans le texte" in wrong.text
    assert "Lequel ?" in wrong.text
    done = await send(browser, wrong, "exact", exact="420 logements", body="Source <b>?</b>")
    assert done.status_code == 303
    page = await browser.get(path)
    assert "Source &lt;b&gt;?&lt;/b&gt;" in page.text
    assert "À régler." in page.text
    assert "Ce passage a changé" not in page.text
    assert "To be settled." in (await browser.get("/en" + path)).text

    browser.cookies.clear()
    await sign_in(browser, AUTHOR)
    it = world.contributions[id]
    world.contributions[id] = it.model_copy(update={"body": it.body.replace("420 logements", "421 logements")})
    mine = await browser.get(path)
    assert "Ce passage a changé depuis." in mine.text
    assert 'name="exact"' not in mine.text
    (comment,) = world.comments[id]
    token = mine.text.split('name="form_token" value="')[1].split('"')[0]
    settled = await browser.post(f"{path}/{comment.id}", data={"form_token": token, "do": "resolve"})
    assert settled.status_code == 303
    assert "Réglé" in (await browser.get(path)).text

    browser.cookies.clear()
    await sign_in(browser, STRANGER)
    assert (await browser.get(path)).status_code == 404


async def test_an_editor_takes_a_review_until_a_day(browser: httpx.AsyncClient, world: World) -> None:
    id = submitted(world)
    path = f"/contributions/{id}/commentaires"
    await sign_in(browser, EDITOR)
    page = await browser.get(path)
    assert "Personne n’est chargé" in page.text
    past = await send(browser, page, "due_on", due_on="2020-01-01", do="take")
    assert past.status_code == 422
    assert 'id="due_on-error"' in past.text
    day = (datetime.now(UTC) + timedelta(days=20)).date()
    assert (await send(browser, page, "due_on", due_on=str(day), do="take")).status_code == 303
    assert world.contributions[id].due_on == day
    queue = (await browser.get("/relecture")).text
    assert "Relecture confiée à Camille Roux" in queue
    assert str(day.year) in queue
    page = await browser.get(path)
    assert (await send(browser, page, "due_on", do="leave")).status_code == 303
    assert world.contributions[id].editor is None


async def test_a_review_is_given_to_any_editor_and_to_nobody_else(browser: httpx.AsyncClient, world: World) -> None:
    id = submitted(world)
    path = f"/contributions/{id}/commentaires"
    noe = world.account("noe@demain.example", "Noé Abgrall", "editor")
    stranger = next(one for one in world.accounts.values() if one.email == STRANGER)
    await sign_in(browser, EDITOR)
    page = await browser.get(path)
    assert page.text.index("Camille Roux") < page.text.index("Noé Abgrall</option>")
    assert stranger.name + "</option>" not in page.text
    refused = await send(browser, page, "due_on", editor=stranger.id, do="take")
    assert refused.status_code == 422
    assert 'id="editor-error"' in refused.text
    assert world.contributions[id].editor is None
    assert (await send(browser, page, "due_on", editor=noe.id, do="take")).status_code == 303
    assert "Relecture confiée à Noé Abgrall" in (await browser.get("/relecture")).text
    page = await browser.get(path)
    assert f'<option value="{noe.id}" selected>' in page.text


async def test_without_identity_one_may_still_take_a_review(browser: httpx.AsyncClient, world: World) -> None:
    id = submitted(world)
    path = f"/contributions/{id}/commentaires"
    await sign_in(browser, EDITOR)
    world.failing["identity.people_of_role"] = ServiceDown("identity", "away")
    page = await browser.get(path)
    assert page.status_code == 200
    assert (await send(browser, page, "due_on", do="take")).status_code == 303
    assigned = world.contributions[id].editor
    assert assigned is not None
    assert assigned.name == "Camille Roux"
