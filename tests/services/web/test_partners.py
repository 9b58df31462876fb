"""Calls, organizations and demonstrators as everybody reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import httpx
import pytest

from services.web import zones
from services.web.language import speaking
from services.web.sections.partners import times
from shared.clients.partners import Result
from tests.services.web.neighbours import World
from tests.services.web.neighbours.partners import Partners
from tests.services.web.reading import sign_in

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def partners(world: World) -> Partners:
    return world.of(Partners)


def main_of(html: str) -> str:
    text = re.sub("<[^>]+>", " ", html.partition("<main")[2].partition("</main>")[0])
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


async def test_a_list_shows_what_is_open_what_comes_and_what_is_closed(
    browser: httpx.AsyncClient, partners: Partners
) -> None:
    partners.call("Un appel ouvert")
    partners.call("Un appel à venir", phase="coming", opens_at=datetime.now(UTC) + timedelta(days=3))
    partners.call("Un appel clos", phase="over", state="closed")
    expected = {"": "Un appel ouvert", "coming": "Un appel à venir", "over": "Un appel clos"}
    for state, title in expected.items():
        said = main_of((await browser.get("/appels", params={"state": state})).text)
        assert title in said
        assert not [other for other in expected.values() if other != title and other in said]
    assert "encore 12 jours" in main_of((await browser.get("/appels")).text)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/appels", "Aucun appel n’est ouvert en ce moment"),
        ("/appels?state=coming", "Aucun appel n’est annoncé"),
        ("/appels?state=over", "Aucun appel n’est encore clos"),
        ("/appels?theme=water", "Rien de tel pour l’instant"),
        ("/appels?cursor=40", "Vous êtes au bout de la liste"),
        ("/organisations", "Aucune organisation n’est encore publiée"),
        ("/demonstrateurs", "Aucun démonstrateur n’est encore publié"),
    ],
)
async def test_an_empty_list_says_so_and_leads_on(browser: httpx.AsyncClient, path: str, said: str) -> None:
    answer = await browser.get(path)
    assert said in main_of(answer.text)
    assert re.search(r'<div class="empty">.*?<a ', answer.text, re.DOTALL)


@pytest.mark.parametrize(
    ("fields", "heading", "said", "answers"),
    [
        ({}, "Ouvert, encore 12 jours", "Ouvert jusqu’au", True),
        ({"kind": "open", "deadline": None}, "Toujours ouvert", "on répond quand on veut", True),
        (
            {"phase": "coming", "opens_at": datetime(2099, 1, 12, 8, tzinfo=UTC), "zone": "Pacific/Noumea"},
            "Pas encore ouvert",
            "Ouvre le 12 janvier 2099 à 19:00, heure de Nouméa",
            False,
        ),
        (
            {"phase": "over", "deadline": datetime(2025, 11, 3, 11, tzinfo=UTC)},
            "Appel clos",
            "Clos depuis le 3 novembre 2025 à 12:00, heure de Paris",
            False,
        ),
        (
            {
                "phase": "over",
                "state": "closed",
                "deadline": datetime(2099, 1, 1, tzinfo=UTC),
                "closed_at": datetime(2025, 3, 1, 8, tzinfo=UTC),
            },
            "Appel clos",
            "Clos depuis le 1er mars 2025 à 09:00, heure de Paris",
            False,
        ),
    ],
)
async def test_a_call_says_whether_one_can_answer_it(
    browser: httpx.AsyncClient, partners: Partners, fields: dict[str, object], heading: str, said: str, answers: bool
) -> None:
    call = partners.call(**fields)
    answer = await browser.get(call.url)
    assert answer.status_code == 200
    text = main_of(answer.text)
    assert heading in text
    assert said in text
    assert ("Répondre à cet appel" in text) is answers
    assert "75 % de la note" in text
    if call.deadline:
        assert f'<time datetime="{call.deadline.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"' in answer.text


async def test_a_draft_and_what_was_withdrawn_are_not_offered_to_robots(
    browser: httpx.AsyncClient, partners: Partners
) -> None:
    draft, gone = partners.call(state="draft"), partners.call(state="withdrawn", withdrawal_reason="Faute de lieu.")
    assert '<meta name="robots" content="noindex">' in (await browser.get(draft.url)).text
    answer = await browser.get(gone.url)
    assert answer.status_code == 410
    assert "Faute de lieu." in answer.text
    assert 'type="search"' in answer.text


async def test_addresses_lead_to_the_canonical_one_and_say_what_it_is(
    browser: httpx.AsyncClient, partners: Partners
) -> None:
    for one, type in (
        (partners.call(), "CreativeWork"),
        (partners.organization(), "Organization"),
        (partners.demonstrator(), "Project"),
    ):
        place = one.url.rpartition("/")[0]
        moved = await browser.get(place)
        assert (moved.status_code, moved.headers["location"]) == (301, one.url)
        for prefix in ("", "/en"):
            html = (await browser.get(prefix + one.url)).text
            assert f'itemtype="https://schema.org/{type}"' in html
            assert f'<meta property="og:url" content="http://demain.test{prefix}{one.url}">' in html


async def test_the_feed_follows_the_list(browser: httpx.AsyncClient, partners: Partners) -> None:
    assert not list(ElementTree.fromstring((await browser.get("/appels.atom")).content).iter(f"{ATOM}entry"))
    call = partners.call()
    partners.call("Clos", phase="over")
    answer = await browser.get("/appels.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    (entry,) = ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{call.id}"
    assert entry.findtext(f"{ATOM}title") == call.title
    assert "/appels.atom" in (await browser.get("/appels")).text


async def test_organizations_and_demonstrators_are_followed_too(browser: httpx.AsyncClient, partners: Partners) -> None:
    organization, demonstrator = partners.organization(), partners.demonstrator()
    for path, id, title in (
        ("/organisations", organization.id, organization.name),
        ("/demonstrateurs", demonstrator.id, demonstrator.title),
    ):
        answer = await browser.get(f"{path}.atom")
        (entry,) = ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{id}"
        assert entry.findtext(f"{ATOM}title") == title
        assert f"{path}.atom" in (await browser.get(path)).text


async def test_a_demonstrator_tells_where_with_whom_until_when_and_its_results(
    browser: httpx.AsyncClient, partners: Partners
) -> None:
    one = partners.demonstrator()
    assert "Aucun résultat n’est encore publié." in main_of((await browser.get(one.url)).text)
    result = {"id": "r1", "text": "Cela tient.", "measure": "Chaleur fournie", "value": 62.5, "unit": "%"}
    partners.results[one.id] = [Result(**result, on=date(2026, 11, 20), at=NOW)]
    text = main_of((await browser.get(one.url)).text)
    for said in ("Rue des Capucins", "Régie de chaleur", "30 avril 2027", "20 novembre 2026", "62,5 %", "Cela tient."):
        assert said in text
    assert "62.5 %" in main_of((await browser.get("/en" + one.url)).text)


async def test_home_shows_what_is_open_and_my_space_what_is_mine(
    browser: httpx.AsyncClient, world: World, partners: Partners
) -> None:
    call = partners.call()
    assert "Appel ouvert, encore 12 jours" in main_of((await browser.get("/")).text)
    organization = partners.organization()
    partners.join(organization, world.accounts["citoyen@demain.example"])
    partners.application(call, organization, title="Des voiles")
    await sign_in(browser, "citoyen@demain.example")
    text = main_of((await browser.get("/mon-espace")).text)
    assert "Calories douces" in text
    assert "Des voiles" in text
    assert "À soumettre avant le" in text
    assert "À évaluer" not in text


async def test_away_it_takes_its_part_only(browser: httpx.AsyncClient, world: World) -> None:
    world.away.add("partners")
    home = await browser.get("/")
    assert home.status_code == 200
    assert "Cette partie ne répond pas" in main_of(home.text)
    assert "Chauffer un quartier" in home.text
    for path in ("/appels", "/organisations", "/demonstrateurs"):
        answer = await browser.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "60"


def test_instants_are_said_in_their_zone() -> None:
    deadline = datetime(2026, 12, 4, 17, tzinfo=UTC)
    plain = re.sub("<[^>]+>", "", times.moment(deadline, "Europe/Paris", NOW)).replace("\u00a0", " ")
    assert plain == "4 décembre à 18:00, heure de Paris"
    with speaking("en"):
        plain = re.sub("<[^>]+>", "", times.moment(deadline, "Europe/Athens", NOW)).replace("\u00a0", " ")
        assert plain == "4 December at 19:00, Athens time"


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(days=12, hours=3), "encore 12 jours"),
        (timedelta(days=1, minutes=1), "encore 1 jour"),
        (timedelta(hours=5), "encore 5 heures"),
        (timedelta(minutes=20), "moins d’une heure encore"),
        (timedelta(0), ""),
        (timedelta(days=60), ""),
    ],
)
def test_what_is_left_is_counted_when_it_is_near(ahead: timedelta, said: str) -> None:
    assert times.left(NOW + ahead, NOW).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("local", "zone", "meant"),
    [
        ("2026-12-04T18:00", "Europe/Paris", datetime(2026, 12, 4, 17, tzinfo=UTC)),
        ("2026-12-04T18:00", "Pacific/Noumea", datetime(2026, 12, 4, 7, tzinfo=UTC)),
        ("2027-03-28T02:30", "Europe/Paris", None),
        ("2026-10-25T02:30", "Europe/Paris", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-12-04T18:00", "Europe/Nulle-Part", None),
        ("demain", "Europe/Paris", None),
    ],
)
def test_an_hour_means_what_it_says_in_its_zone(local: str, zone: str, meant: datetime | None) -> None:
    assert zones.instant(local, zone) == meant
