"""Every state of a page is designed: empty, without result, refused, gone, too fast, and with a neighbour away.

Those that need a browser (loading, no connection) are in `test_states_in_a_browser`. docs/states.md lists all.
"""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from services.web import dates
from services.web.addresses import person_path
from services.web.language import speaking
from tests.services.web.neighbours import World, problem
from tests.services.web.reading import sign_in

ABSENT = "Cette partie ne répond pas pour l’instant. Le reste de la page est à jour."


def plain(html: str) -> str:
    """The words of a page, with plain spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html).replace("\u202f", " ").replace("\u00a0", " "))


@pytest.mark.parametrize(
    ("path", "says", "first_step"),
    [
        ("/", "Rien n’est encore publié", "/contributions/nouvelle"),
        ("/contributions", "ien n’est encore publié", "/contributions/nouvelle"),
        ("/themes/water", "Rien n’est encore publié", "/contributions/nouvelle"),
        ("/recherche", "Rien ne répond à cette recherche", "/contributions"),
    ],
)
async def test_empty(browser: httpx.AsyncClient, world: World, path: str, says: str, first_step: str) -> None:
    world.contributions.clear()
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert says in answer.text
    assert f'href="{first_step}"' in answer.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("account", "path", "says"),
    [("citoyen", "/mon-espace", "Vous n’avez encore rien écrit"), ("redaction", "/relecture", "Tout est relu")],
)
async def test_empty_for_somebody(browser: httpx.AsyncClient, world: World, account: str, path: str, says: str) -> None:
    world.contributions.clear()
    await sign_in(browser, f"{account}@demain.example")
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert says in plain(answer.text)


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "1 seconde", "1 second"),
        (12, "12 secondes", "12 seconds"),
        (60, "1 minute", "1 minute"),
        (61, "2 minutes", "2 minutes"),
        (3600, "1 heure", "1 hour"),
        (7000, "2 heures", "2 hours"),
    ],
)
async def test_too_fast_says_when_to_come_back(
    browser: httpx.AsyncClient, world: World, seconds: int, french: str, english: str
) -> None:
    assert dates.back_in(seconds) == french
    with speaking("en"):
        assert dates.back_in(seconds) == english
    world.failing["contributions.page"] = replace(problem(429), retry_after=seconds)
    answer = await browser.get("/contributions")
    assert answer.status_code == 429
    assert f"Revenez dans {french}." in plain(answer.text)
    assert answer.headers["retry-after"] == str(seconds)
    assert f"Come back in {english}." in plain((await browser.get("/en/contributions")).text)


@pytest.mark.parametrize(
    ("away", "path", "status", "says"),
    [
        ("search", "/", 200, ABSENT),
        ("search", "TEXT", 200, ABSENT),
        ("search", "/themes/water", 200, "Eau"),
        ("search", "/recherche?q=eau", 503, "La recherche ne répond pas pour l’instant."),
        ("contributions", "/", 200, "Les contributions ne répondent pas pour l’instant."),
        ("contributions", "/contributions", 503, "Cette partie du site ne répond pas"),
        ("contributions", "TEXT", 503, "Cette partie du site ne répond pas"),
        ("contributions", "PERSON", 200, ABSENT),
        ("contributions", "/recherche?q=eau", 200, "3 résultats pour « eau »"),
        ("contributions", "/mon-espace", 200, ABSENT),
        ("identity", "/", 200, "Chauffer un quartier"),
        ("identity", "TEXT", 200, "Ce que nous avons mesuré"),
        ("identity", "/recherche?q=eau", 200, "3 résultats pour « eau »"),
        ("identity", "PERSON", 503, "Cette partie du site ne répond pas"),
    ],
)
async def test_a_neighbour_away_takes_its_part_only(
    browser: httpx.AsyncClient, world: World, away: str, path: str, status: int, says: str
) -> None:
    text = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    path = {"TEXT": text.url, "PERSON": person_path(text.authors[0])}.get(path, path)
    await sign_in(browser, "ines@demain.example")
    world.away = {away}
    answer = await browser.get(path)
    assert answer.status_code == status
    assert says in plain(answer.text)
    assert 'aria-label="Principale"' in answer.text, "one can go elsewhere"
    assert ("retry-after" in answer.headers) == (status == 503)
    world.away = set()
    assert (await browser.get(path)).status_code == 200, "it comes back by itself"


async def test_a_failure_of_ours_gives_a_number_to_tell(browser: httpx.AsyncClient, world: World) -> None:
    world.failing["contributions.page"] = RuntimeError("secret detail")
    answer = await browser.get("/contributions")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    number = re.search(r"<code>([^<]{8,})</code>", answer.text)
    assert number and number[1] in answer.headers.values(), "the same number as in the log and the headers"
