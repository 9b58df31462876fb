"""Forums as their visitors see them: lists, feed, a forum, its programme, its sessions."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import feedparser
import httpx
import pytest

from shared.clients.events import Forum, Room, Session, Speaker
from tests.services.web.neighbours import World
from tests.services.web.neighbours.events import Planned
from tests.services.web.reading import sign_in

ORGANIZER, CITIZEN, OTHER = "etienne@demain.example", "citoyen@demain.example", "ines@demain.example"
DAY = datetime.now(UTC).date() + timedelta(days=40)


def main_of(html: str) -> str:
    return html.partition("<main")[2].partition("</main>")[0]


def properties(html: str) -> dict[str, list[str]]:
    """What the microdata of a page say: contents, addresses, and texts of one line."""
    found: dict[str, list[str]] = {}
    pattern = r'<(?:meta|link) itemprop="(\w+)" (?:content|href)="([^"]*)"|<h1 itemprop="(name)"[^>]*>([^<]*)<'
    for name, value, name_too, text in re.findall(pattern, html):
        found.setdefault(name or name_too, []).append(value or text)
    return found


def words_of(html: str) -> str:
    """What a page says, with plain spaces."""
    plain = re.sub("<[^>]+>", " ", main_of(html)).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r" +([,.])", r"\1", re.sub(r"\s+", " ", plain))


@pytest.fixture
def planned(world: World) -> Planned:
    world.account(ORGANIZER, "Étienne Marchand", "organizer")
    return world.of(Planned)


def a_forum(world: World, planned: Planned, title: str = "La ville qui écoute", **fields: Any) -> Forum:
    settings = {
        "state": "published",
        "summary": "Deux jours pour entendre la rue.",
        "venue": "Halle des Fumées, Nantes",
        "starts_on": DAY,
        "ends_on": DAY + timedelta(days=1),
        "tracks": ["Bruit", "Silence"],
        **fields,
    }
    return planned.forum(world.accounts[ORGANIZER], title, **settings)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)


def a_programme(world: World, planned: Planned, forum: Forum) -> tuple[list[Room], list[Session]]:
    rooms = [planned.room(forum, "Grande halle", 300), planned.room(forum, "Verrière", 40)]
    ines = world.accounts[OTHER]
    speakers = [Speaker(person=ines.id, name=ines.name), Speaker(person=None, name="Jo Vance")]
    sessions = [
        planned.session(forum, rooms[0], "Ouverture", at(9), 30, track="Bruit", speakers=speakers),
        planned.session(forum, rooms[0], "Écouter la nuit", at(10), 90, track="Silence"),
        planned.session(forum, rooms[1], "Atelier de murs", at(9, 30), 60),
        planned.session(forum, rooms[1], "Mesurer à l’oreille", at(14, 0, DAY + timedelta(days=1)), 45),
    ]
    return rooms, sessions


async def test_lists_show_what_comes_and_what_is_over(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    later = a_forum(world, planned, "Le plus tard", starts_on=DAY + timedelta(days=9), ends_on=DAY + timedelta(days=9))
    next_ = a_forum(world, planned, "Le prochain")
    off = a_forum(
        world,
        planned,
        "L’annulé",
        state="cancelled",
        starts_on=DAY + timedelta(days=20),
        ends_on=DAY + timedelta(days=21),
    )
    a_forum(world, planned, "Un brouillon", state="draft")
    over = a_forum(world, planned, "Le passé", starts_on=date(2024, 3, 29), ends_on=date(2024, 4, 1))
    html = (await browser.get("/forums")).text
    assert re.findall(r'<h2[^>]*><a href="/forums/([^/]+)/', html) == [next_.id, later.id, off.id]
    assert "Annulé. " in words_of(html)
    past = (await browser.get("/forums?when=past")).text
    assert re.findall(r'<h2[^>]*><a href="/forums/([^/]+)/', past) == [over.id]
    assert "Du 29 mars au 1er avril 2024" in words_of(past)
    assert "29 March to 1 April 2024" in words_of((await browser.get("/en/forums?when=past")).text)
    assert 'aria-current="page">Forums<' in html


async def test_a_list_may_be_of_a_theme_and_a_territory_and_follows_merged_ones(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    world.moved["themes"] = {"rain": "water"}
    here = a_forum(world, planned, "Ici", themes=["water"], territories=["lyon"])
    a_forum(world, planned, "Ailleurs", themes=["energy"], territories=["lyon"])
    answer = await browser.get("/forums?theme=water&territory=lyon")
    assert re.findall(r'<h2[^>]*><a href="/forums/([^/]+)/', answer.text) == [here.id]
    assert "Forums à venir, eau, Lyon" in words_of(answer.text)
    moved = await browser.get("/forums?theme=rain")
    assert (moved.status_code, moved.headers["location"]) == (301, "/forums?theme=water")


async def test_pages_of_a_list_follow_each_other(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    ids = [
        a_forum(
            world,
            planned,
            f"Forum {number}",
            starts_on=DAY + timedelta(days=number),
            ends_on=DAY + timedelta(days=number),
        ).id
        for number in range(23)
    ]
    first = (await browser.get("/forums")).text
    (link,) = re.findall(r'href="([^"]+)" rel="next"', first)
    second = (await browser.get(link.replace("&amp;", "&"))).text
    found = [one for html in (first, second) for one in re.findall(r'<h2[^>]*><a href="/forums/([^/]+)/', html)]
    assert found == ids
    assert "Vous êtes au bout" in (await browser.get("/forums?cursor=100")).text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/forums", "Aucun forum n’est annoncé"),
        ("/forums?when=past", "Aucun forum n’a encore eu lieu"),
        ("/forums?theme=water", "Rien de tel pour l’instant"),
        ("/en/forums", "No forum is announced"),
    ],
)
async def test_an_empty_list_says_what_could_be_there(browser: httpx.AsyncClient, path: str, said: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert said in words_of(answer.text)
    assert "/forums/nouveau" not in answer.text


async def test_the_feed_of_a_list(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    one = a_forum(world, planned, themes=["water"])
    off = a_forum(world, planned, "L’autre", state="cancelled", themes=["water"])
    a_forum(world, planned, "Sans eau")
    answer = await browser.get("/forums.atom?theme=water")
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    assert {entry.id for entry in parsed.entries} == {f"urn:uuid:{one.id}", f"urn:uuid:{off.id}"}
    assert "Annulé\u202f: L’autre" in {entry.title for entry in parsed.entries} or "Annulé : L’autre" in {
        entry.title.replace("\u00a0", " ").replace("\u202f", " ") for entry in parsed.entries
    }
    assert 'href="/forums.atom?theme=water"' in (await browser.get("/forums?theme=water")).text


async def test_a_forum_says_what_where_when_and_who(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(
        world, planned, zone="Europe/Athens", link="https://example.org/direct", description="Un **texte**.",
        themes=["water"], territories=["lyon"], starts_on=date(2027, 7, 10), ends_on=date(2027, 7, 11),
    )  # fmt: skip
    room = planned.room(forum, "Verrière")
    session = planned.session(forum, room, "Ouverture", datetime(2027, 7, 10, 9), 30, track="Bruit")
    answer = await browser.get(forum.url)
    said = words_of(answer.text)
    assert answer.status_code == 200
    assert "Les 10 et 11 juillet 2027" in said
    assert "Toutes les heures sont à l’heure d’Athènes." in said
    assert "Halle des Fumées, Nantes" in said
    assert 'href="https://example.org/direct"' in answer.text
    assert (
        '<time datetime="2027-07-10T06:00:00Z" title="samedi 10 juillet 2027 à 09:00, heure d’Athènes">09:00</time>'
        in answer.text
    )
    assert f'href="{session.url}"' in answer.text
    assert "<strong>texte</strong>" in answer.text
    assert f'href="webcal://demain.test/api/forums/{forum.id}/calendar.ics"' in answer.text
    assert f'href="/api/forums/{forum.id}/schedule.json"' in answer.text
    assert f"/personnes/{world.accounts[ORGANIZER].id}/etienne-marchand" in answer.text
    english = words_of((await browser.get("/en" + forum.url)).text)
    assert "10 and 11 July 2027" in english
    assert "All times are in Athens time." in english


async def test_machines_read_an_event(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned, state="cancelled", link="https://example.org/direct")
    _rooms, sessions = a_programme(world, planned, forum)
    html = (await browser.get(forum.url)).text
    said = properties(html)
    assert html.count('itemtype="https://schema.org/Event"') == 1
    assert said["name"][0] == forum.title
    assert said["startDate"] == [DAY.isoformat()]
    assert said["eventStatus"] == ["https://schema.org/EventCancelled"]
    assert said["eventAttendanceMode"] == ["https://schema.org/MixedEventAttendanceMode"]
    assert set(re.findall(r'itemprop="location" itemscope itemtype="([^"]+)"', html)) == {
        "https://schema.org/Place",
        "https://schema.org/VirtualLocation",
    }
    assert f'<meta property="og:url" content="http://demain.test{forum.url}">' in html
    html = (await browser.get(sessions[0].url)).text
    said = properties(html)
    assert sessions[0].title in said["name"]
    assert datetime.fromisoformat(said["startDate"][0]) == sessions[0].begins_at
    assert re.search(rf'itemprop="superEvent"[^>]*Event"[^>]*><meta itemprop="name" content="{forum.title}">', html)


async def test_addresses_lead_to_the_canonical_one(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    _rooms, sessions = a_programme(world, planned, forum)
    for path, place in (
        (f"/forums/{forum.id}", forum.url),
        (f"/forums/{forum.id}/autre-titre", forum.url),
        (f"/en/forums/{forum.id}", "/en" + forum.url),
        (f"/forums/{forum.id}/sessions/{sessions[0].id}", sessions[0].url),
    ):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (301, place)


async def test_a_draft_is_nobody_elses(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned, state="draft")
    _rooms, sessions = a_programme(world, planned, forum)
    paths = [forum.url, sessions[0].url, *(f"/forums/{forum.id}/{part}" for part in ("programme", "grille"))]
    for path in paths:
        assert (await browser.get(path)).status_code == 404
    await sign_in(browser, CITIZEN)
    for path in paths:
        assert (await browser.get(path)).status_code == 404
    await browser.post("/deconnexion", data={})
    browser.cookies.clear()
    await sign_in(browser, ORGANIZER)
    for path in paths:
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert "noindex" in answer.text
        assert "calendar.ics" not in answer.text


async def test_the_programme_by_day_and_track(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    _rooms, sessions = a_programme(world, planned, forum)
    base = f"/forums/{forum.id}"

    async def shown(path: str) -> list[str]:
        html = main_of((await browser.get(base + path)).text)
        return re.findall(r'<li class="" id="session-([^"]+)"', html)

    ids = [one.id for one in sorted(sessions, key=lambda one: one.begins_at)]
    assert await shown(forum.url.removeprefix(base)) == ids
    assert await shown("/programme") == ids[:3]
    assert await shown(f"/programme?day={DAY + timedelta(days=1)}") == ids[3:]
    assert await shown("/programme?track=Silence") == [sessions[1].id]
    assert await shown("/programme?track=Inconnu&day=nul") == ids[:3]
    html = (await browser.get(base + "/programme")).text
    assert f'href="{base}/grille?day={DAY}"' in html
    assert re.search(r'href="/personnes/[^"]+/ines-moreau">Inès Moreau</a> et Jo Vance', html)


async def test_the_grid_is_a_table_with_rooms_for_columns(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    a_programme(world, planned, forum)
    html = main_of((await browser.get(f"/forums/{forum.id}/grille")).text)
    table = html.partition("<table")[2].partition("</table>")[0]
    assert re.findall(r'<th scope="col">([^<]+)</th>', table) == ["Heure", "Grande halle", "Verrière"]
    assert re.findall(r'<th scope="row"><time[^>]*>([^<]+)</time>', table) == ["09:00", "09:30", "10:00", "10:30"]
    held = re.findall(r'rowspan="(\d+)" class="held">\s*<p class="what"><a href="[^"]+">([^<]+)<', table)
    assert held == [("1", "Ouverture"), ("2", "Atelier de murs"), ("2", "Écouter la nuit")]
    assert html.count('id="session-') == 3, "the list for narrow screens"


async def test_the_clocks_change_during_a_forum(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned, starts_on=date(2027, 10, 31), ends_on=date(2027, 10, 31))
    room = planned.room(forum, "Nuit")
    planned.session(forum, room, "Avant", datetime(2027, 10, 31, 1, 30), 30)
    planned.session(forum, room, "Deux fois deux heures", datetime(2027, 10, 31, 2, 30), 120)
    said = words_of((await browser.get(f"/forums/{forum.id}/programme")).text)
    assert "01:30 (UTC+2)" in said
    assert "02:30 (UTC+2) – 03:30 (UTC+1)" in said


async def test_a_cancelled_session_stays_and_says_why(
    browser: httpx.AsyncClient, world: World, planned: Planned
) -> None:
    forum = a_forum(world, planned)
    room = planned.room(forum, "Verrière")
    off = planned.session(forum, room, "Plus rien", at(9), state="cancelled", cancellation_reason="La grève.")
    planned.session(forum, room, "À sa place", at(9))
    html = (await browser.get(off.url)).text
    assert "Cette session est annulée" in html
    assert "La grève." in html
    assert "https://schema.org/EventCancelled" in html
    grid = words_of((await browser.get(f"/forums/{forum.id}/grille")).text)
    assert "Annulées, dont la salle sert à d’autres" in grid


async def test_a_long_programme_shows_its_days(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    forum = a_forum(world, planned)
    rooms = [planned.room(forum, f"Salle {number}") for number in range(60)]
    for number, room in enumerate(rooms):
        planned.session(forum, room, f"Session {number}", at(9, day=DAY + timedelta(days=number % 2)))
    html = main_of((await browser.get(forum.url)).text)
    assert 'id="session-' not in html
    assert html.count("30 sessions") == 2
    assert f"/forums/{forum.id}/programme?day={DAY}" in html


# Shared pages


async def test_home_and_my_space(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    assert "/forums/" not in main_of((await browser.get("/")).text)
    forum = a_forum(world, planned, capacity=1)
    draft = a_forum(world, planned, "Encore à écrire", state="draft")
    home = main_of((await browser.get("/")).text)
    assert f'href="{forum.url}"' in home
    assert draft.url not in home
    await sign_in(browser, CITIZEN)
    space = words_of((await browser.get("/mon-espace")).text)
    assert "Vous n’êtes inscrit à aucun forum" in space
    assert "Mes forums" not in space
    browser.cookies.clear()
    await sign_in(browser, ORGANIZER)
    space_html = (await browser.get("/mon-espace")).text
    assert f'href="{forum.url}"' in space_html
    assert f'href="{draft.url}"' in space_html
    assert f"/forums/{draft.id}/etapes/publier" in space_html
    assert "0 personne inscrite" in words_of(space_html)
    world.away.add("events")
    away = await browser.get("/mon-espace")
    assert away.status_code == 200
    assert "ne répond pas pour l’instant" in away.text


async def test_forums_stand_in_the_sitemap(browser: httpx.AsyncClient, world: World, planned: Planned) -> None:
    assert "/sitemap/forums/past.xml" not in (await browser.get("/sitemap.xml")).text, (
        "a file without addresses is none"
    )
    forum, draft = a_forum(world, planned), a_forum(world, planned, "Brouillon", state="draft")
    over = a_forum(world, planned, "Passé", starts_on=date(2024, 1, 1), ends_on=date(2024, 1, 2))
    coming = (await browser.get("/sitemap/forums/coming.xml")).text
    past = (await browser.get("/sitemap/forums/past.xml")).text
    assert forum.url in coming and "/en" + forum.url in coming and "<loc>http://demain.test/forums</loc>" in coming
    assert over.url in past
    assert "/sitemap/forums/past.xml" in (await browser.get("/sitemap.xml")).text
    assert draft.url not in coming + past
    assert (await browser.get("/sitemap/forums/other.xml")).status_code == 404
    assert "/forums/nouveau" in (await browser.get("/robots.txt")).text
