"""The front page speaks to its reader: texts in the page's language come first."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx

from shared.clients.base import ServiceDown
from tests.services.web.neighbours import World

HOUR = timedelta(hours=1)


def _titles(html: str) -> list[str]:
    """Lead first, then the column of contributions."""
    return re.findall(r"<h[13][^>]*><a href=[^>]+>(.+?)</a></h[13]>", html)


async def test_the_readers_language_leads_though_another_text_is_newer(
    browser: httpx.AsyncClient, world: World
) -> None:
    world.contributions.clear()
    author = world.account("deux-langues@demain.example", "Noor Vance", "expert")
    for at, (title, language) in enumerate(
        [("Newest of all", "en"), ("Récent", "fr"), ("Second in English", "en"), ("Plus ancien", "fr")]
    ):
        world.write(author, title, kind="note", language=language, age=(at + 1) * HOUR)
    assert _titles((await browser.get("/")).text) == ["Récent", "Plus ancien", "Newest of all", "Second in English"]
    assert _titles((await browser.get("/en")).text) == ["Newest of all", "Second in English", "Récent", "Plus ancien"]


async def test_two_calls_tell_what_is_new_and_an_idea_stands_beside_the_lead(
    browser: httpx.AsyncClient, world: World
) -> None:
    html = (await browser.get("/")).text
    assert world.calls.count("contributions.page") == 2, "all kinds, and ideas"
    beside = html.partition('class="beside"')[2].partition('class="cols"')[0]
    assert "Un banc tous les deux cents mètres" in beside
    assert html.count("Un banc tous les deux cents mètres") == 1
    world.failing["contributions.page"] = ServiceDown("contributions", "away")
    assert "Un banc" not in (await browser.get("/")).text


async def test_many_texts_in_another_language_do_not_hide_ours(browser: httpx.AsyncClient, world: World) -> None:
    world.contributions.clear()
    author = world.account("deux-langues@demain.example", "Noor Vance", "expert")
    world.write(author, "Le seul en français", kind="note", language="fr", age=100 * HOUR)
    for at in range(30):
        world.write(author, f"English {at}", kind="note", language="en", age=(at + 1) * HOUR)
    assert _titles((await browser.get("/")).text)[:2] == ["Le seul en français", "English 0"]


async def test_a_text_in_another_language_leads_where_there_is_no_other(
    browser: httpx.AsyncClient, world: World
) -> None:
    world.contributions.clear()
    author = world.account("deux-langues@demain.example", "Noor Vance", "expert")
    world.write(author, "Only in English", kind="note", language="en", age=HOUR)
    home = (await browser.get("/")).text
    assert _titles(home) == ["Only in English"]
    assert '<h1 lang="en">' in home


async def test_a_withdrawn_text_offers_others_in_the_readers_language(browser: httpx.AsyncClient, world: World) -> None:
    gone = next(one for one in world.contributions.values() if one.state == "withdrawn")
    author = world.account("deux-langues@demain.example", "Noor Vance", "expert")
    for hours in (1, 2, 3):
        world.write(author, f"Fresh from {hours}", kind="note", language="en", age=hours * HOUR)
    french, english = [(await browser.get(prefix + gone.url)).text for prefix in ("", "/en")]
    assert "Fresh from" not in french
    assert english.count("Fresh from") == 3
