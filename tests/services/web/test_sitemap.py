"""The sitemap: every page anybody may read, once in each language, in files that are not too long."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
import pytest

from services.web.sections.contributions import addresses
from shared.clients.contributions import DebatePage, DebatesClient, DebateSummary
from tests.services.web.neighbours import World
from tests.services.web.neighbours.debates import DebatesHere

S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
X = "{http://www.w3.org/1999/xhtml}"
HOST = "http://demain.test"


async def files(browser: httpx.AsyncClient) -> list[list[ElementTree.Element]]:
    """The addresses of each file of the index."""
    answer = await browser.get("/sitemap.xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    index = ElementTree.fromstring(answer.content)
    found = []
    for place in index.iter(f"{S}loc"):
        file = await browser.get(str(place.text))
        assert file.status_code == 200, place.text
        found.append(list(ElementTree.fromstring(file.content)))
    return found


async def test_every_public_page_stands_in_it_once_in_each_language(browser: httpx.AsyncClient, world: World) -> None:
    urls = [url for file in await files(browser) for url in file]
    places = [str(url.findtext(f"{S}loc")) for url in urls]
    assert len(places) == len(set(places))
    published = {one.url for one in world.contributions.values() if one.state == "published"}
    texts = {place for place in places if place.count("/") > 4 and "/contributions/" in place}
    assert texts == {f"{HOST}{before}{url}" for url in published for before in ("", "/en")}
    assert {f"{HOST}/", f"{HOST}/en", f"{HOST}/contributions", f"{HOST}/en/contributions"} <= set(places)
    for url in urls:
        others = {link.attrib["hreflang"]: link.attrib["href"] for link in url.iter(f"{X}link")}
        assert set(others) == {"fr", "en", "x-default"}
        assert url.findtext(f"{S}loc") in others.values()
        assert others["x-default"] == others["fr"]


async def test_each_of_its_pages_is_one(browser: httpx.AsyncClient) -> None:
    for url in [url for file in await files(browser) for url in file]:
        place = str(url.findtext(f"{S}loc"))
        answer = await browser.get(place)
        assert answer.status_code == 200
        assert f'<link rel="canonical" href="{place}">' in answer.text
        assert 'name="robots"' not in answer.text


async def test_long_ones_are_several_files(
    browser: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "PAGES_A_PART", 7)
    monkeypatch.setattr(addresses, "BATCH", 3)
    for n in range(30):
        world.write(world.accounts["ines@demain.example"], f"Note {n}")
    published = [one for one in world.contributions.values() if one.state == "published"]
    texts = [
        str(url.findtext(f"{S}loc"))
        for file in await files(browser)
        for url in file
        if str(url.findtext(f"{S}loc")).count("/") > 4 and "/en/" not in str(url.findtext(f"{S}loc"))
    ]
    sizes = [len(file) for file in await files(browser) if f"{HOST}/contributions/" in str(file[0].findtext(f"{S}loc"))]
    assert sizes[:-1] == [14] * (len(sizes) - 1) and len(sizes) > 3
    assert sorted(text for text in texts if "/contributions/" in text) == sorted(HOST + one.url for one in published)


async def test_an_outage_is_no_shorter_sitemap(browser: httpx.AsyncClient, world: World) -> None:
    first = next(iter(world.contributions))
    world.away = {"contributions"}
    assert (await browser.get("/sitemap.xml")).status_code == 503
    assert (await browser.get(f"/sitemap/contributions/{first}.xml")).status_code == 503


@pytest.mark.parametrize("path", ["/sitemap/rien/pages.xml", "/sitemap/contributions/rien.xml", "/sitemap/home/x.xml"])
async def test_files_that_are_none(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_robots_are_told_of_it(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/robots.txt")).text.endswith(f"\nSitemap: {HOST}/sitemap.xml\n")


async def test_debates_stand_in_it_page_by_page(browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)

    def debate(number: int) -> DebateSummary:
        return DebateSummary.model_validate(
            {
                "id": str(number),
                "phase": "open",
                "language": "fr",
                "question": "Faut-il ?",
                "summary": "",
                "themes": [],
                "territories": [],
                "opens_at": at,
                "closes_at": at,
                "zone": "Europe/Paris",
                "updated_at": at,
                "tally": {"arguments_for": 0, "arguments_against": 0, "arguments_nuance": 0, "replies": 0},
                "url": f"/debats/{number}/faut-il",
            }
        )

    async def page(_self: DebatesClient, *, cursor: str | None = None, limit: int = 20, **_: object) -> DebatePage:
        return DebatePage(items=[debate(2)], next=None) if cursor else DebatePage(items=[debate(1)], next="more")

    monkeypatch.setattr(DebatesHere, "page", page)
    places = {str(url.findtext(f"{S}loc")) for file in await files(browser) for url in file}
    assert {f"{HOST}/debats", f"{HOST}/debats/1/faut-il", f"{HOST}/en/debats/2/faut-il"} <= places
