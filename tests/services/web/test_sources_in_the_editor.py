"""Sources in the editor, without a script: rows are added, moved and taken out by submitting."""

from __future__ import annotations

import re

import httpx

from tests.services.web.neighbours import World
from tests.services.web.reading import form_in, send
from tests.services.web.test_writing import autosave, draft_of, editor

DOI = "10.1177/2399808318796416"


def titles(page: httpx.Response) -> list[str]:
    return [value for name, value in form_in(page, "title").fields if name == "source_title"]


async def test_rows_are_added_filled_in_moved_and_kept(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    assert titles(page) == []
    page = await send(browser, page, "title", title="Avec sources", body="Un texte.", do="add-source")
    assert page.status_code == 200
    assert titles(page) == [""]
    assert dict(form_in(page, "title").fields)["body"] == "Un texte."
    assert "data-typed" in page.text
    assert "Avec sources" not in {one.title for one in world.contributions.values()}
    page = await send(browser, page, "title", source_title="Atlas", do="add-source")
    page = await send(
        browser,
        page,
        "title",
        source_title=["Atlas", "Twins"],
        source_doi=["", f"https://doi.org/{DOI}"],
        do="add-source",
    )
    assert titles(page) == ["Atlas", "Twins", ""]
    page = await send(browser, page, "title", do="raise-source-2")
    assert titles(page) == ["Twins", "Atlas", ""]
    page = await send(browser, page, "title", source_year=["2018", "", ""], do="save")
    assert page.status_code == 303
    id = draft_of(world, "Avec sources")
    assert [(one.title, one.doi, one.year) for one in world.contributions[id].sources] == [
        ("Twins", DOI, 2018),
        ("Atlas", "", None),
    ]
    page = await browser.get(f"/contributions/{id}/modifier")
    page = await send(browser, page, "title", do="drop-source-1")
    assert titles(page) == ["Atlas"]
    assert (await send(browser, page, "title", do="save")).status_code == 303
    assert [one.title for one in world.contributions[id].sources] == ["Atlas"]


async def test_what_will_not_do_is_said_at_its_field(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    page = await send(browser, page, "title", title="Sources", do="add-source")
    page = await send(browser, page, "title", source_authors="Batty", source_year="MMXVIII", do="save")
    assert page.status_code == 422
    for name in ("title", "year"):
        assert f'href="#source-1-{name}"' in page.text
        assert f'id="source-1-{name}-error"' in page.text
    assert "Source 1, année" in page.text
    page = await send(browser, page, "title", source_title="Twins", source_year="2018", source_doi="10.1/x", do="save")
    assert page.status_code == 422
    assert 'id="source-1-doi-error"' in page.text
    assert "Source 1, DOI" in page.text
    page = await send(browser, page, "title", source_doi="", source_url="twins", do="save")
    assert 'id="source-1-url-error"' in page.text
    assert "Sources" not in {one.title for one in world.contributions.values()}


async def test_a_source_half_typed_does_not_keep_the_text_from_being_saved(
    browser: httpx.AsyncClient, world: World
) -> None:
    page = await editor(browser)
    made = await autosave(browser, page, "/contributions/brouillons", title="Peu", source_title="Atlas")
    assert made.status_code == 201
    id = draft_of(world, "Peu")
    path = f"/contributions/{id}/modifier"
    for typed, why in (
        ({"source_title": "", "source_authors": "Bat"}, "Donnez le titre"),
        ({"source_title": "Twins", "source_doi": "10.11"}, "Ce n’est pas un DOI"),
    ):
        version = world.contributions[id].version
        saved = await autosave(browser, page, path, version, title="Peu", body=f"Version {version}.", **typed)
        assert saved.status_code == 200
        assert re.search(
            f"sans les sources : {why}", saved.json()["said"].replace("\u202f", " ").replace("\u00a0", " ")
        )
        assert world.contributions[id].body == f"Version {version}."
        assert [one.title for one in world.contributions[id].sources] == ["Atlas"], "those kept before stay"
    version = world.contributions[id].version
    saved = await autosave(browser, page, path, version, title="Peu", source_title="Twins", source_doi=DOI)
    assert [one.title for one in world.contributions[id].sources] == ["Twins"]
    assert DOI in saved.json()["sources"]


async def test_what_another_changed_in_the_sources_is_shown(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    page = await send(browser, page, "title", title="À deux", do="add-source")
    await send(browser, page, "title", source_title="Atlas", do="save")
    id = draft_of(world, "À deux")
    page = await browser.get(f"/contributions/{id}/modifier")
    it = world.contributions[id]
    changed = it.sources[0].model_copy(update={"title": "Registre"})
    world.contributions[id] = it.model_copy(update={"version": 9, "sources": [changed]})
    answer = await send(browser, page, "title", do="save")
    assert answer.status_code == 409
    assert re.search("<ins>.*Registre", answer.text)
    assert re.search("<del>.*Atlas", answer.text)
    # A hidden field that somebody changed is not believed, and breaks nothing.
    again = await send(browser, page, "title", base_sources='[{"x": 1}]', do="save")
    assert again.status_code == 409


async def test_sources_are_shown_with_their_links(browser: httpx.AsyncClient, world: World) -> None:
    page = await editor(browser)
    page = await send(browser, page, "title", title="Montré", body="Texte.", do="add-source")
    await send(browser, page, "title", source_title="Twins <b>", source_authors="Batty, M.", source_doi=DOI, do="save")
    shown = await browser.get(world.contributions[draft_of(world, "Montré")].url)
    assert f'href="https://doi.org/{DOI}"' in shown.text
    assert "Twins &lt;b&gt;" in shown.text
    assert shown.text.count('<li id="source-') == 1
