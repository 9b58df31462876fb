"""Types and kinds of what is found are called as the sections declare; a section brings its own words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI

from services.web.entity_words import EntityWords
from services.web.language import N_, speaking
from services.web.section import Section, discover
from services.web.site import Site
from shared.clients.search import SearchHit
from shared.storage.database import Database
from tests.services.web.neighbours import Neighbours, World
from tests.services.web.neighbours.search import OtherHits


def section(name: str, **words: object) -> Section:
    return Section(name=name, order=50, folder=Path(), router=APIRouter(), **words)  # type: ignore[arg-type]


def hit(type: str, kind: str | None, *, title: str, themes: list[str] | None = None) -> SearchHit:
    return SearchHit(
        id=f"{type}-1",
        type=type,
        kind=kind,
        language="fr",
        title=title,
        title_html=title,
        excerpt="",
        excerpt_html="",
        url=f"/{type}/1",
        themes=themes or [],
        territories=[],
        people=[],
        date=datetime(2026, 1, 2, tzinfo=UTC),
    )


WORDS = EntityWords(
    [
        section(
            "texts", types={"text": N_("Contribution")}, kinds={"text": {"study": N_("Étude"), "open": N_("Note")}}
        ),
        section("calls", types={"call": N_("Type")}, kinds={"call": {"open": N_("Idée"), "study": N_("Étude")}}),
    ]
)


def test_a_section_says_its_types_and_kinds() -> None:
    assert (WORDS.type("call"), WORDS.kind("call", "open"), WORDS.kind("text", "open")) == ("Type", "Idée", "Note")
    with speaking("en"):
        assert (WORDS.type("text"), WORDS.kind("text", "study")) == ("Contribution", "Study")


def test_what_nobody_declared_has_no_word() -> None:
    assert (WORDS.type("spaceship"), WORDS.kind("text", "spaceship"), WORDS.kind("text", None)) == ("", "", "")
    assert (WORDS.kind_of_any("spaceship"), WORDS.many("spaceship")) == ("", {})


def test_a_kind_that_types_say_differently_is_offered_by_all_its_words() -> None:
    assert (WORDS.kind_of_any("open"), WORDS.kind_of_any("study")) == ("Note / Idée", "Étude")


def test_contributions_are_declared_by_their_section() -> None:
    words = EntityWords(discover())
    assert words.type("contribution") == "Contribution"
    assert list(words.many("contribution").values())[:2] == ["Études", "Notes"]


async def test_a_hit_without_words_is_shown_without_them(browser: httpx.AsyncClient, world: World) -> None:
    world.of(OtherHits).append(hit("spaceship", "warp", title="Un vaisseau", themes=["water"]))
    answer = await browser.get("/recherche?q=vaisseau")
    assert answer.status_code == 200
    html = answer.text.replace("/spaceship/1", "")
    assert "Un vaisseau" in html and "spaceship" not in html and "warp" not in html
    assert '<p class="kicker">Eau</p>' in html
    asked_for = await browser.get("/recherche?type=spaceship&kind=warp")
    assert asked_for.status_code == 200 and "Un vaisseau" in asked_for.text


async def test_a_new_section_s_hits_are_named_and_offered(
    app: FastAPI, browser: httpx.AsyncClient, world: World, database: Database, tmp_path: Path
) -> None:
    calls = section("calls", types={"call": N_("Relecture")}, kinds={"call": {"open": N_("Programmée")}})
    calls = replace(calls, folder=tmp_path)
    app.state.site = Site(Neighbours(world), database.transaction, (*discover(), calls), public_url="")
    assert 'name="type"' not in (await browser.get("/recherche?q=eau")).text, "one type is no choice"

    world.of(OtherHits).append(hit("call", "open", title="Un appel pour l’eau", themes=["water"]))
    html = (await browser.get("/recherche?q=eau")).text
    assert '<p class="kicker">Relecture, programmée, eau</p>' in html
    assert '<p class="kicker">Contribution, étude, énergie, logement</p>' in html
    offered = re.findall(r'name="type" value="(\w+)".*?<span>(\w+) <', html)
    assert sorted(offered) == [("call", "Relecture"), ("contribution", "Contribution")]
    only = (await browser.get("/recherche?q=eau&type=call")).text
    assert "Un appel pour l’eau" in only and "Chauffer un quartier" not in only
    assert ">Relecture<span" in only, "the filter in force is named"
