"""Pages of themes and territories, and their administration."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from tests.services.web.neighbours import World
from tests.services.web.reading import send, sign_in

EDITOR = "redaction@demain.example"


def territory(world: World, id: str, parent: str | None = None, **fields: object) -> None:
    made = world.labels["territories"].get(id) or world.labels["territories"]["lyon"].model_copy(
        update={"id": id, "names": {"fr": id.capitalize(), "en": id.capitalize()}}
    )
    world.labels["territories"][id] = made.model_copy(update={"parent": parent, **fields})


def main_of(html: str) -> str:
    return html.partition("<main")[2].partition("</main>")[0]


async def test_the_indexes_count_what_there_is(browser: httpx.AsyncClient, world: World) -> None:
    territory(world, "villeurbanne", "lyon")
    expected = sum(1 for one in world.contributions.values() if one.state == "published" and "water" in one.themes)
    assert expected
    html = main_of((await browser.get("/themes")).text)
    assert re.search(rf'href="/themes/water">Eau</a> <span class="count">{expected}<', html)
    tree = main_of((await browser.get("/territoires")).text)
    assert re.search(r'href="/territoires/lyon">.*?<ul class="tree">\s*<li>.*?villeurbanne', tree, re.DOTALL)


async def test_the_front_page_and_texts_lead_there(browser: httpx.AsyncClient, world: World) -> None:
    home = (await browser.get("/")).text
    assert 'href="/themes"' in home
    assert 'href="/territoires"' in home
    assert re.search(r'href="/themes/\w', home)
    one = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    text = (await browser.get("/en" + one.url)).text
    assert f'href="/en/themes/{one.themes[0]}"' in text
    assert f'href="/en/territoires/{one.territories[0]}"' in text
    assert 'href="/themes"' in (await browser.get("/contributions")).text


async def test_the_page_of_a_theme(browser: httpx.AsyncClient, world: World) -> None:
    water = world.labels["themes"]["water"]
    world.labels["themes"]["water"] = water.model_copy(
        update={"descriptions": {"fr": "De la pluie au robinet.", "en": "From rain to tap."}}
    )
    html = (await browser.get("/themes/water")).text
    assert "De la pluie au robinet." in html
    assert "From rain to tap." in (await browser.get("/en/themes/water")).text
    shown = set(re.findall(r'<h2[^>]*><a href="/contributions/([^/]+)/', html))
    assert shown == {
        one.id for one in world.contributions.values() if one.state == "published" and "water" in one.themes
    }
    assert 'type="application/atom+xml" title="Demain – Eau" href="/contributions.atom?theme=water"' in html
    assert "/contributions?theme=water&amp;kind=idea" in html
    assert "Modifier" not in main_of(html)


async def test_the_page_of_a_territory(browser: httpx.AsyncClient, world: World) -> None:
    territory(world, "france", code="FR")
    territory(world, "lyon", "france", code="69123")
    html = main_of((await browser.get("/territoires/lyon")).text)
    assert "Code INSEE" in html
    assert 'href="/territoires/france"' in html
    above = main_of((await browser.get("/territoires/france")).text)
    assert "Code ISO 3166" in above
    count = sum(1 for one in world.contributions.values() if one.state == "published" and "lyon" in one.territories)
    assert re.search(rf'href="/territoires/lyon">Lyon</a> <span class="count">{count}<', above)
    assert "Voyez aussi ce qui se trouve dans ce territoire." in above


async def test_a_long_one_is_read_page_by_page(browser: httpx.AsyncClient, world: World) -> None:
    for n in range(25):
        world.write(world.accounts["ines@demain.example"], f"Note {n}", themes=["governance"], age=timedelta(hours=n))
    seen: list[str] = []
    path = "/themes/governance"
    while path:
        html = (await browser.get(path)).text
        seen += re.findall(r'<h2[^>]*><a href="/contributions/([^/]+)/', html)
        more = re.search(r'<p class="more"><a href="([^"]+)"', html)
        path = more[1] if more else ""
    assert len(seen) == len(set(seen)) >= 25


async def test_empty_and_unknown_ones(browser: httpx.AsyncClient, world: World) -> None:
    world.contributions.clear()
    html = (await browser.get("/themes/water")).text
    assert "La première contribution peut être la vôtre." in html
    for path in ("/themes/rien", "/territoires/rien", "/en/themes/rien"):
        assert (await browser.get(path)).status_code == 404


async def test_a_forum_without_themes_says_so(browser: httpx.AsyncClient, world: World) -> None:
    world.labels = {"themes": {}, "territories": {}}
    for path, says in (("/themes", "Aucun thème"), ("/territoires", "Aucun territoire")):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert says in answer.text


async def test_a_page_stands_while_search_is_away(browser: httpx.AsyncClient, world: World) -> None:
    world.away = {"search"}
    for path in ("/themes", "/territoires", "/themes/water", "/territoires/lyon"):
        answer = await browser.get(path)
        assert answer.status_code == 200
    world.away = {"contributions"}
    assert (await browser.get("/themes/water")).status_code == 503


async def test_what_was_merged_is_found_at_every_old_address(browser: httpx.AsyncClient, world: World) -> None:
    one = next(one for one in world.contributions.values() if one.state == "published" and "water" in one.themes)
    world.labels["themes"].pop("water")
    world.moved["themes"]["water"] = "energy"
    for old, new in (
        ("/themes/water", "/themes/energy"),
        ("/en/themes/water", "/en/themes/energy"),
        ("/contributions?theme=water&kind=idea", "/contributions?kind=idea&theme=energy"),
        ("/contributions.atom?theme=water", "/contributions.atom?theme=energy"),
    ):
        moved = await browser.get(old)
        assert (moved.status_code, moved.headers["location"]) == (301, new)
    assert re.search(r'value="energy"[^>]*checked', (await browser.get("/recherche?theme=water")).text)
    text = (await browser.get(one.url)).text
    assert 'href="/themes/energy">Énergie</a>' in text, "a text that has not moved yet shows the new name"


@pytest.mark.parametrize(
    "path",
    [
        "/administration/themes",
        "/administration/territoires/ajouter",
        "/administration/themes/water",
        "/administration/themes/water/fusionner",
    ],
)
async def test_the_administration_is_for_editors(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).headers["location"].startswith("/connexion")
    await sign_in(browser, "citoyen@demain.example")
    assert (await browser.get(path)).status_code == 403
    answer = await browser.post(path, headers={"Origin": "http://demain.test"})
    assert answer.status_code in (403, 405)
    assert "/administration" not in (await browser.get("/")).text


async def test_an_editor_adds_a_theme(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, EDITOR)
    assert 'href="/administration/themes"' in (await browser.get("/")).text
    form = await browser.get("/administration/themes/ajouter")
    missing = await send(browser, form, "name_fr", name_fr="Santé", name_en="")
    assert missing.status_code == 422
    assert 'id="name_en-error"' in missing.text and 'value="Santé"' in missing.text
    done = await send(browser, missing, "name_fr", name_fr="Santé", name_en="Health", description_fr="Se soigner.")
    assert (done.status_code, done.headers["location"]) == (303, "/themes/sante")
    page = await browser.get("/themes/sante")
    assert "Ajouté." in page.text and "Se soigner." in page.text
    assert 'href="/administration/themes/sante"' in page.text
    assert "Santé" in (await browser.get("/contributions/nouvelle")).text, "it can be chosen at once"
    taken = await send(browser, form, "name_fr", name_fr="Santé", name_en="Health")
    assert 'id="id-error"' in taken.text


async def test_an_editor_changes_a_territory(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, EDITOR)
    form = await browser.get("/administration/territoires/lyon")
    done = await send(browser, form, "name_fr", name_fr="Lyon et ses collines", parent="grenoble", code="69123")
    assert done.status_code == 303, done.text
    lyon = world.labels["territories"]["lyon"]
    assert (lyon.names["fr"], lyon.names["en"], lyon.parent, lyon.code) == (
        "Lyon et ses collines",
        "Lyon",
        "grenoble",
        "69123",
    )
    late = await send(browser, form, "name_fr", name_fr="Lyon tout court", code="69123")
    assert late.status_code == 422
    assert "Quelqu’un l’a modifié" in late.text and "Lyon tout court" in late.text
    again = await send(browser, late, "name_fr", name_fr="Lyon tout court", parent="lyon")
    assert 'id="parent-error"' in again.text


async def test_an_editor_merges_two_themes(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, EDITOR)
    form = await browser.get("/administration/themes/water/fusionner")
    assert "On ne revient pas en arrière" in form.text
    nothing = await send(browser, form, "version", into="")
    assert nothing.status_code == 422 and 'id="into-error"' in nothing.text
    done = await send(browser, form, "version", into="energy")
    assert (done.status_code, done.headers["location"]) == (303, "/themes/energy")
    assert (await browser.get("/themes/water")).headers["location"] == "/themes/energy"
    assert 'href="/themes/water"' not in (await browser.get("/themes")).text


async def test_a_foreign_form_does_nothing(browser: httpx.AsyncClient, world: World) -> None:
    await sign_in(browser, EDITOR)
    for headers in ({"Origin": "http://mal.example"}, {"Origin": "http://demain.test"}):
        answer = await browser.post("/administration/themes/water/fusionner", data={"into": "energy"}, headers=headers)
        assert answer.status_code in (403, 422)
    assert "contributions.merge_label" not in world.calls
