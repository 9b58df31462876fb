"""Who comes to a forum, as its organizer sees it: on a page and in a file."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4

import httpx
import pytest

from services.web.sections.forums.registrants import BATCH, harmless
from shared.clients.base import PersonRef
from tests.services.web.neighbours import World
from tests.services.web.neighbours.events import Planned, Registered
from tests.services.web.reading import sign_in
from tests.services.web.test_forums import (
    DAY,
    ORGANIZER,
    a_forum,
    planned,
    words_of,
)

__all__ = ["planned"]


async def test_registrants_in_their_order_and_by_state(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned, capacity=1)
    await sign_in(browser, ORGANIZER)
    path = f"/forums/{forum.id}/inscriptions"
    assert "Personne n’est encore inscrit" in (await browser.get(path)).text
    when = datetime.fromisoformat("2027-01-05T08:00:00+00:00")
    planned.registered[forum.id] = [
        Registered(PersonRef(id=str(uuid4()), name=name), state, when)
        for name, state in (("Zoé", "registered"), ("Ali", "cancelled"), ("Béa", "waiting"))
    ]
    shown = words_of((await browser.get(path)).text)
    assert shown.index("Zoé") < shown.index("Béa")
    assert "Ali" not in shown
    assert "en attente, rang 1" in shown
    assert "le 5 janvier 2027 à 09:00" in shown
    assert "Ali" in words_of((await browser.get(path + "?etat=cancelled")).text)


async def test_the_file_opens_in_a_french_spreadsheet_and_runs_nothing(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned, capacity=1)
    when = datetime.fromisoformat("2027-01-05T08:00:00+00:00")
    names = ['=HYPERLINK("http://evil")', "@cmd", "-2+3", 'Zoé ; la "grande"', *(f"Nom {n}" for n in range(BATCH * 2))]
    planned.registered[forum.id] = [
        Registered(PersonRef(id=str(uuid4()), name=name), "registered", when + timedelta(minutes=at))
        for at, name in enumerate(names)
    ]
    await sign_in(browser, ORGANIZER)
    world.calls.clear()
    answer = await browser.get(f"/forums/{forum.id}/inscriptions.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="inscriptions-{DAY}.csv"'
    assert "no-store" in answer.headers["cache-control"]
    assert answer.content.startswith(b"\xef\xbb\xbfNom;")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Nom", "État", "Rang", "Inscription", "Place obtenue", "Page"]
    assert [row[0] for row in rows[1:5]] == ["'" + names[0], "'@cmd", "'-2+3", names[3]]
    assert len(rows) == 1 + len(names)
    assert rows[1][1:5] == ["inscrit", "", "2027-01-05 09:00", ""]
    assert world.calls.count("events.registrants") == 3
    english = await browser.get(f"/en/forums/{forum.id}/inscriptions.csv")
    assert english.content.decode("utf-8-sig").splitlines()[1].split(";")[1] != "inscrit"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_are_told_apart(text: str) -> None:
    assert harmless(text) == "'" + text
    assert harmless("x" + text) == "x" + text
