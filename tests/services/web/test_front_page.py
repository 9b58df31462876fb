"""The front page speaks to its reader: texts in the page's language come first."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx

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
