"""What is answered from what is kept, to whom, and what is never kept."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse

from services.web.headers import HEADERS
from services.web.page import FORM_COOKIE, NOTICE_COOKIE, Page
from services.web.section import Keeping
from shared.clients.base import ServiceDown
from shared.clients.search import SearchClient
from tests.page_cache.life import Life
from tests.page_cache.test_guards import argument_of, debate_of, kept, text_of
from tests.page_cache.town import Town

pytestmark = pytest.mark.usefixtures("nothing_kept")


def is_kept(town: Town, path: str, query: str = "") -> bool:
    """Whether there is a page of this address."""
    return any(key[1:] == (path, query) for key in town.cache.addresses())


async def test_a_kept_page_is_answered_whole_with_all_its_headers(life: Life) -> None:
    address = (await text_of(life))["url"]
    await kept(life, address)
    hits = life.town.count("answers", how="hit")

    first, second, fresh = await life.town.page(address), await life.town.page(address), await life.town.fresh(address)

    assert life.town.count("answers", how="hit") == hits + 2
    assert first.content == second.content == fresh.content
    its_own = {"x-request-id", "date", "etag"}
    without = [{name: value for name, value in one.headers.items() if name not in its_own} for one in (first, fresh)]
    assert without[0] == without[1]
    assert {name: first.headers[name] for name in HEADERS} == HEADERS
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Cookie"
    assert first.headers["content-language"] == "fr"
    assert "set-cookie" not in first.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-request-id"].encode() not in first.content
    assert first.headers["etag"] == second.headers["etag"]
    assert "etag" not in fresh.headers


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
async def test_who_has_it_already_is_told_so(life: Life, known: str) -> None:
    tag = (await life.town.page(await kept(life, "/contributions"))).headers["etag"]

    answer = await life.town.page("/contributions", **{"If-None-Match": known.format(tag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "private, no-cache"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "content-length" not in answer.headers
    assert (await life.town.page("/contributions", **{"If-None-Match": '"other"'})).status_code == 200


async def test_the_first_who_asks_may_have_it_already(life: Life) -> None:
    tag = (await life.town.page(await kept(life, "/contributions"))).headers["etag"]
    life.town.cache.clear()
    assert (await life.town.page("/contributions", **{"If-None-Match": tag})).status_code == 304
    assert is_kept(life.town, "/contributions")


async def test_head_is_answered_with_the_headers_alone(life: Life) -> None:
    await life.town.settled()
    missed, got, hit = [await life.town.http.request(method, "/debats") for method in ("HEAD", "GET", "HEAD")]
    assert is_kept(life.town, "/debats")
    assert (missed.content, hit.content) == (b"", b"")
    for one in (missed, hit):
        assert one.headers["content-length"] == str(len(got.content))
        assert one.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize(
    "cookie", ["demain_session", "demain_sign_in", NOTICE_COOKIE, FORM_COOKIE, "__Host-demain_session"]
)
async def test_who_sends_a_cookie_of_ours_neither_gets_nor_fills_it(life: Life, cookie: str) -> None:
    asked = life.town.count("answers", how="somebody")
    answer = await life.town.page("/contributions", Cookie=f"a=b; {cookie}=draft-kept")
    assert "etag" not in answer.headers
    assert life.town.count("answers", how="somebody") == asked + 1
    assert not is_kept(life.town, "/contributions")

    await kept(life, "/contributions")
    answer = await life.town.page("/contributions", Cookie=f"{cookie}=draft-kept")
    assert answer.status_code == 200
    assert "etag" not in answer.headers


async def test_a_cookie_of_somebody_else_and_other_headers_change_nothing(life: Life) -> None:
    page = await life.town.page(await kept(life, "/contributions"))
    life.town.cache.clear()
    theirs = {
        "Cookie": "_ga=1",
        "Accept-Language": "en",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/mon-espace",
        "Authorization": "Bearer nothing",
    }
    first = await life.town.page("/contributions", **theirs)
    assert first.content == page.content
    assert (await life.town.page("/contributions")).content == page.content
    assert is_kept(life.town, "/contributions")


async def test_each_language_has_its_page(life: Life) -> None:
    await kept(life, "/contributions")
    english = await life.town.page("/en/contributions")
    assert english.headers["content-language"] == "en"
    assert '<html lang="en">' in english.text
    assert '<html lang="fr">' in (await life.town.page("/contributions")).text
    assert is_kept(life.town, "/en/contributions")


async def test_an_address_anybody_may_make_up_is_not_kept(life: Life) -> None:
    await life.town.settled()
    debate = (await debate_of(life))["url"]
    known = ("", "position=for", "order=newest", "position=against&order=oldest")
    for query in known:
        await kept_at(life, debate, query)
    queries = (
        *(
            "utm_source=x",
            "position=for&utm=1",
            "order=newest&position=for",
            "position=f%6Fr",
            "position=for&position=for",
        ),
        *("position=for&", "position=", "?", "cursor=abc", "argument=1", "x" * 300),
    )
    for query in queries:
        answered = life.town.count("answers", how="query")
        assert (await life.town.page(f"{debate}?{query}")).status_code in (200, 400, 422), query
        assert life.town.count("answers", how="query") == answered + 1, query
    # Known names with values that the page ignores.
    for query in ("position=moon", "order=moon", "order=endorsements"):
        assert (await life.town.page(f"{debate}?{query}")).status_code == 200
    assert {key[2] for key in life.town.cache.addresses() if key[1] == debate} == set(known)


async def kept_at(life: Life, path: str, query: str) -> None:
    """Have it kept, with a query."""
    await life.town.page(f"{path}?{query}" if query else path)
    if not is_kept(life.town, path, query):
        await kept(life, path)
        await life.town.page(f"{path}?{query}")
    assert is_kept(life.town, path, query), life.town.renders()


async def test_a_day_of_a_programme_is_kept_a_day_that_is_none_is_not(life: Life) -> None:
    await life.gather()
    await life.plan()
    held = life.sessions[-1]
    path = f"/forums/{held['forum']}/programme"
    await kept_at(life, path, f"day={held['day']}")
    await life.town.page(f"{path}?day=2001-01-01")
    assert not is_kept(life.town, path, "day=2001-01-01")
    assert not is_kept(life.town, path.upper().replace("/FORUMS", "/forums").replace("PROGRAMME", "programme"))


async def test_a_name_of_the_site_that_anybody_may_make_up_is_not_kept(life: Life) -> None:
    await kept(life, "/contributions")
    before = len(life.town.cache)
    evil = await life.town.page("/contributions", Host="evil.example")
    assert "http://evil.example/contributions" in evil.text  # it was his own request
    assert len(life.town.cache) == before
    assert "evil.example" not in (await life.town.page("/contributions")).text


@pytest.mark.parametrize("path", ["/contributions/01a2223c-b5b5-7251-90f5-d21d6e13c4ac/rien", "/debats/nulle-part"])
async def test_what_is_not_there_is_not_kept(life: Life, path: str) -> None:
    await life.town.settled()
    assert (await life.town.page(path)).status_code == 404
    assert len(life.town.cache) == 0


async def test_what_is_gone_or_elsewhere_is_not_kept(life: Life) -> None:
    one = await text_of(life)
    moved = await life.town.page(one["url"] + "-ailleurs")
    assert moved.status_code == 301
    await life.move("/api/contributions", one, "withdraw", "Retiré.")
    await life.town.settled()
    assert (await life.town.page(one["url"])).status_code == 410
    assert len(life.town.cache) == 0


async def test_a_page_that_lacks_something_is_not_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise ServiceDown("search", "it is away")

    with monkeypatch.context() as inside:
        inside.setattr(SearchClient, "call", away)
        await life.town.settled()
        assert (await life.town.page("/")).status_code == 200
        assert len(life.town.cache) == 0
    await kept(life, "/")


async def test_a_page_that_nobody_knows_the_parts_of_is_not_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a section to come whose client's answers have no tags."""
    from services.web.page_cache import tags

    await life.town.settled()
    with monkeypatch.context() as inside:
        inside.setattr(
            tags, "_BY_PATH", {path: lists for path, lists in tags._BY_PATH.items() if path != "/api/debates"}
        )
        assert (await life.town.page("/debats")).status_code == 200
        assert len(life.town.cache) == 0
    assert life.town.count("renders", outcome="untagged") > 0


async def test_a_page_that_gives_a_cookie_is_not_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one with a form that somebody not signed in may send: its token is one reader's."""
    render = Page.render

    async def with_a_form(page: Page, *given: Any, **more: Any) -> HTMLResponse:
        page.form_token()
        return await render(page, *given, **more)

    await life.town.settled()
    with monkeypatch.context() as inside:
        inside.setattr(Page, "render", with_a_form)
        answers = [await life.town.page("/contributions") for _ in range(2)]
    assert [FORM_COOKIE in one.headers["set-cookie"] for one in answers] == [True, True]
    assert answers[0].headers["set-cookie"] != answers[1].headers["set-cookie"]
    assert len(life.town.cache) == 0


async def test_a_stream_is_let_through_as_it_comes(life: Life) -> None:
    one = await argument_of(life)
    await life.town.settled()
    async with life.town.http.stream("GET", f"/debats/{one['debate']['id']}/direct") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            assert line
            break
    assert len(life.town.cache) == 0


async def test_who_changes_something_goes_past_it(life: Life) -> None:
    await kept(life, "/contributions")
    answer: httpx.Response = await life.town.http.post("/contributions", data={"q": "x"})
    assert answer.status_code in (403, 404, 405)


async def test_it_is_seen_in_health_and_measured(life: Life) -> None:
    await kept(life, "/contributions")
    parts = {part.name: part for part in await life.town.platform.health()}
    assert parts["page cache web"].why == ""
    measured = life.town.platform.metrics.registry.get_sample_value
    assert measured("demain_page_cache_pages") == len(life.town.cache) > 0
    assert measured("demain_page_cache_bytes") == life.town.cache.size > 0
    assert (await life.town.page("/contributions")).status_code == 200
    name = "demain_http_request_seconds_count"
    routes = {"service": "web", "method": "GET", "route": "/contributions", "status": "200"}
    assert (measured(name, routes) or 0) >= 2  # under its route, whether it was made or kept


async def test_an_anonymous_reader_sees_what_was_just_changed_without_waiting_longer_than_a_message(life: Life) -> None:
    one = await text_of(life)
    await kept(life, one["url"])
    await life.change("/api/contributions", one, {"summary": "Autre chose.", "reason": "Une erreur."})
    await life.town.heard("contributions")
    assert "Autre chose." in (await life.town.page(one["url"])).text


@pytest.mark.parametrize("taken_for_a_page", [False, True])
async def test_nobody_waits_for_what_will_not_be_kept(
    life: Life, taken_for_a_page: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two readers of a stream that has no end, at an address that looks like a page's."""
    one = await argument_of(life)
    await life.town.settled()
    if taken_for_a_page:
        monkeypatch.setattr(Keeping, "matches", lambda *_: True)
    path = f"/debats/{one['debate']['id']}/direct"
    async with life.town.http.stream("GET", path) as first:
        assert first.status_code == 200
        async with life.town.http.stream("GET", path) as second:
            assert second.status_code == 200
