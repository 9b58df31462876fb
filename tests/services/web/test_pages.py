"""Pages: what they answer, with which headers, and what is left of them when a service is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from services.web.errors import LARGEST_FORM, PageRoute
from services.web.section import discover
from services.web.service import SERVICE
from services.web.site import _notices
from shared.clients.base import ServiceDown
from shared.http.access import AccessNotDeclared, rule_of
from tests.services.web.neighbours import World, problem
from tests.services.web.reading import reach, sign_in

PUBLIC = ["/", "/contributions", "/contributions?kind=idea&theme=water", "/recherche", "/recherche?q=eau&theme=water",
          "/recherche?q=xylophone", "/themes", "/themes/water", "/territoires", "/territoires/lyon", "/connexion",
          "/inscription", "/mot-de-passe-oublie", "/verification/courrier"]  # fmt: skip


def published(world: World) -> str:
    return next(one.url for one in world.contributions.values() if one.title.startswith("Chauffer"))


def every_route(router: Any) -> Iterator[Any]:
    """FastAPI keeps included routers as they are, so that their routes are not in the list of the outer one."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        yield from every_route(inner) if inner is not None else [route]


def test_sections_are_found_in_order() -> None:
    assert [section.name for section in discover()] == [
        "home",
        "contributions",
        "accounts",
        "taxonomy",
        "debates",
        "search",
        "forums",
        "partners",
        "people",
        "account",
        "mailbox",
    ]


def test_every_route_says_who_may_call_it() -> None:
    routes = list(every_route(SERVICE.router))
    assert len(routes) > 20
    for route in routes:
        assert isinstance(route, PageRoute), route
        assert rule_of(route) == "anyone", route


async def test_a_route_that_does_not_say_so_is_refused() -> None:
    async def careless() -> None: ...

    with pytest.raises(AccessNotDeclared):
        APIRouter(route_class=PageRoute).add_api_route("/careless", careless)


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", PUBLIC)
async def test_public_pages(browser: httpx.AsyncClient, prefix: str, path: str) -> None:
    answer = await reach(browser, prefix + path if path != "/" or not prefix else prefix)
    assert answer.status_code == 200, answer.text
    language = "en" if prefix else "fr"
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert 'hreflang="en"' in answer.text
    assert 'rel="canonical"' in answer.text


@pytest.mark.parametrize("path", [*PUBLIC, "/rien", "/mon-espace"])
async def test_security_headers(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!demain\.test)', answer.text)


async def test_english_pages_have_no_french_left(browser: httpx.AsyncClient, world: World) -> None:
    world.contributions.clear()
    for path in (
        "/en",
        "/en/contributions",
        "/en/themes",
        "/en/themes/water",
        "/en/territoires",
        "/en/recherche",
        "/en/connexion",
        "/en/inscription",
        "/en/rien",
    ):
        text = re.sub(r"<[^>]+>", " ", (await reach(browser, path)).text).replace("Français", "")
        assert not re.search(r"[àâçéèêëîïôûùœ«»]", text), (path, re.findall(r"\S*[àâçéèêëîïôûùœ«»]\S*", text))


async def test_head_is_get_without_its_body(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/en/contributions", "/rien"):
        asked, told = await browser.head(path), await browser.get(path)
        assert asked.status_code == told.status_code
        assert asked.headers["content-length"] == told.headers["content-length"]
        assert asked.content == b""


async def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/")
    for url in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)):
        answer = await browser.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content
    assert (await browser.get("/static/demain.000000000000.css")).status_code == 404
    assert (await browser.get("/static/../service.py")).status_code == 404


async def test_a_contribution_stands_at_one_address(browser: httpx.AsyncClient, world: World) -> None:
    url = published(world)
    id = url.split("/")[2]
    page = await browser.get(url)
    assert page.status_code == 200
    assert 'property="og:title"' in page.text
    assert 'name="citation_title"' in page.text
    for other in (f"/contributions/{id}", f"/contributions/{id}/autre-chose"):
        moved = await browser.get(other)
        assert (moved.status_code, moved.headers["location"]) == (301, url)
    assert (await browser.get(f"/en/contributions/{id}")).headers["location"] == "/en" + url
    assert (await browser.get(url + "/")).headers["location"] == url


async def test_what_is_written_is_shown_escaped(browser: httpx.AsyncClient, world: World) -> None:
    author = world.accounts["ines@demain.example"]
    author.name = "<b>Inès</b>"
    made = world.write(author, "<script>alert(1)</script>", summary='"><img src=x onerror=alert(1)>')
    for path in (made.url, "/", "/contributions", "/recherche"):
        html = (await browser.get(path)).text
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "<b>Inès" not in html
    html = (await browser.get("/recherche", params={"q": '"><script>alert(2)</script>'})).text
    assert "<script>alert" not in html


async def test_a_withdrawn_contribution_is_gone_and_helps_on(browser: httpx.AsyncClient, world: World) -> None:
    gone = next(one for one in world.contributions.values() if one.state == "withdrawn")
    answer = await browser.get(gone.url)
    assert answer.status_code == 410
    assert "Les chiffres de la deuxième partie étaient faux" in answer.text
    assert 'role="search"' in answer.text
    assert "À lire en ce moment" in answer.text
    assert gone.title not in answer.text


@pytest.mark.parametrize(
    ("failure", "status", "says"),
    [
        (problem(403), 403, "ne vous est pas ouverte"),
        (problem(404), 404, "n’existe pas"),
        (problem(429), 429, "Un peu trop vite"),
        (problem(409), 409, "vous a devancé"),
        (problem(500), 503, "ne répond pas"),
        (ServiceDown("contributions", "away"), 503, "ne répond pas"),
        (RuntimeError("secret detail"), 500, "de notre côté"),
    ],
)
async def test_error_pages(
    browser: httpx.AsyncClient, world: World, failure: Exception, status: int, says: str
) -> None:
    world.failing["contributions.page"] = failure
    answer = await browser.get("/contributions")
    assert answer.status_code == status
    assert says in answer.text
    assert "secret detail" not in answer.text
    assert 'aria-label="Principale"' in answer.text
    assert ("retry-after" in answer.headers) == (status in (429, 503))


async def test_an_unknown_address_is_a_page(browser: httpx.AsyncClient) -> None:
    for path in ("/rien", "/contributions/pas-un-identifiant", "/en/rien"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert 'role="search"' in answer.text


async def test_home_stays_up_while_its_services_are_away(browser: httpx.AsyncClient, world: World) -> None:
    world.away = {"search"}
    answer = await browser.get("/")
    assert answer.status_code == 200
    assert "Chauffer un quartier" in answer.text
    assert answer.text.count("Cette partie ne répond pas") == 1
    world.away = {"search", "contributions"}
    answer = await browser.get("/")
    assert answer.status_code == 200
    assert "Les contributions ne répondent pas" in answer.text
    assert 'role="search"' in answer.text


async def test_a_text_is_read_while_search_is_away(browser: httpx.AsyncClient, world: World) -> None:
    world.away = {"search"}
    answer = await browser.get(published(world))
    assert answer.status_code == 200
    assert "Ce que nous avons mesuré" in answer.text


async def test_search_keeps_its_form_while_it_is_away(browser: httpx.AsyncClient, world: World) -> None:
    world.away = {"search"}
    answer = await browser.get("/recherche?q=eau&theme=water")
    assert answer.status_code == 503
    assert 'value="eau"' in answer.text
    assert re.search(r'value="water"[^>]*checked', answer.text)


async def test_names_are_asked_once_a_minute(browser: httpx.AsyncClient, world: World) -> None:
    for _ in range(3):
        await browser.get("/contributions")
    assert world.calls.count("contributions.themes") == 1


async def test_search_stands_wholly_in_the_address(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/recherche?q=eau&theme=water&theme=energy&kind=idea&from=2020-01-01&sort=newest")
    html = answer.text
    assert "1 résultat" in html
    assert len(re.findall(r'type="checkbox"[^>]*checked', html)) == 3
    assert 'value="2020-01-01"' in html
    assert re.search(r'name="sort" value="newest"', html)
    assert re.search(r'<option value="oldest" selected', (await browser.get("/recherche?sort=oldest")).text)
    without = re.findall(r'href="(/recherche\?[^"]+)"', html)
    assert "/recherche?q=eau&amp;kind=idea&amp;theme=energy&amp;from=2020-01-01&amp;sort=newest" in without


async def test_no_result_offers_a_correction_and_wider_filters(browser: httpx.AsyncClient) -> None:
    html = (await browser.get("/recherche?q=enrgie&theme=water&kind=idea")).text
    assert "Vouliez-vous dire" in html
    assert 'href="/recherche?q=%C3%A9nergie&amp;kind=idea&amp;theme=water"' in html
    assert 'href="/recherche?q=enrgie&amp;theme=water"' in html
    assert "sans aucun filtre" in html


async def test_a_date_that_is_none_is_pointed_out(browser: httpx.AsyncClient, world: World) -> None:
    answer = await browser.get("/recherche?q=eau&from=hier")
    assert answer.status_code == 422
    assert 'id="from-error"' in answer.text
    assert "hier" in answer.text.partition('id="from-error"')[2].partition("</p>")[0]
    assert "search.search" not in world.calls


@pytest.mark.parametrize(("path", "said"), [("", "La fin vient avant le début"), ("/en", "The end comes before")])
async def test_an_end_before_the_beginning_is_said_beside_it_and_kept(
    browser: httpx.AsyncClient, world: World, path: str, said: str
) -> None:
    answer = await browser.get(f"{path}/recherche?q=eau&theme=water&from=2026-05-02&to=2026-05-01")
    assert answer.status_code == 422
    beside = answer.text.partition('id="to-error"')[2]
    assert said in beside.partition("</p>")[0]
    field = beside.partition("<input")[2].partition(">")[0]
    assert 'value="2026-05-01"' in field and 'aria-describedby="to-error"' in field
    assert 'value="2026-05-02"' in answer.text
    assert "search.search" not in world.calls, "no results, wrong or right"
    assert 'class="item hit"' not in answer.text
    assert f'href="{path}/recherche?q=eau&amp;theme=water"' in answer.text, "the way on without dates"


async def test_the_queue_is_for_editors(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/relecture")).status_code == 303
    await sign_in(browser, "citoyen@demain.example")
    assert (await browser.get("/relecture")).status_code == 403
    assert "/relecture" not in (await browser.get("/")).text


async def test_robots_stay_out_of_private_pages(browser: httpx.AsyncClient) -> None:
    text = (await browser.get("/robots.txt")).text
    assert "Disallow: /mon-espace\n" in text
    assert "Disallow: /en/recherche\n" in text


def test_no_two_sections_have_the_same_notice() -> None:
    sections = discover()
    assert _notices(sections)
    with pytest.raises(ValueError, match="has the notice"):
        _notices((*sections, replace(sections[0], name="again", notices=dict(sections[1].notices))))


@pytest.mark.parametrize(("size", "refused"), [(LARGEST_FORM, False), (LARGEST_FORM + 1, True)])
async def test_a_form_that_is_too_large_is_refused_on_every_page(
    browser: httpx.AsyncClient, size: int, refused: bool
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await browser.post("/connexion", content=b"x" * size, headers=form)
    assert (answer.status_code == 413) is refused
    assert {route.max_body_size for route in every_route(SERVICE.router)} == {LARGEST_FORM}
