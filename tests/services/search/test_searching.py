"""Searching over HTTP, on a real index and a real database."""

from __future__ import annotations

from typing import Any

import pytest

from services.search.schemas import SearchAsked
from shared.http.rate_limits import RateLimit
from shared.search_index.port import DEEPEST, Query, Results
from tests.services.search.city import CONTRIBUTIONS, INES, JEANNE, KARIM, City, id_of

TITLE = {number: told.title for number, told in enumerate(CONTRIBUTIONS, 1)}


async def test_a_citizen_finds_by_words_without_accents_and_with_a_typo(known_city: City) -> None:
    answer = await known_city.search("energie mobilitee")
    first = answer["hits"][0]
    assert first == {
        "id": id_of(1),
        "type": "contribution",
        "kind": "study",
        "language": "fr",
        "title": TITLE[1],
        "title_html": "<mark>Énergie</mark> et <mark>mobilité</mark> : un même réseau",
        "excerpt": first["excerpt"],
        "excerpt_html": first["excerpt_html"],
        "url": "/contributions/1",
        "themes": ["energy", "mobility"],
        "territories": ["lyon"],
        "people": [{"id": JEANNE, "name": "Jeanne Delmas"}, {"id": KARIM, "name": "Karim Benali"}],
        "date": "2025-03-31T22:30:00Z",
    }
    assert answer["total"] == len(answer["hits"]) == 1
    assert answer["total_is_exact"] is True
    assert answer["next"] is None


async def test_authors_are_found_by_name(known_city: City) -> None:
    assert await known_city.titles("ines roussel") == {TITLE[4], TITLE[5]}


async def test_markup_of_titles_is_escaped_and_excerpts_are_plain(known_city: City) -> None:
    (hit,) = (await known_city.search("toits"))["hits"]
    assert hit["title"] == "Rénover <les> toits & façades"
    assert hit["title_html"] == "Rénover &lt;les&gt; <mark>toits</mark> &amp; façades"
    assert "<mark>" not in hit["excerpt"]
    assert "&lt;" not in hit["excerpt"]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, {1, 2, 3, 4, 5, 6}),
        ({"kind": "study"}, {1}),
        ({"kind": ["study", "op-ed"]}, {1, 2}),
        ({"theme": ["energy", "housing"]}, {1, 3}),
        ({"territory": "nantes"}, {2, 4}),
        ({"territory": "nantes", "language": "en"}, {4}),
        ({"language": ["fr", "en"], "theme": "housing"}, {3}),
        ({"year": "2025"}, {1}),
        ({"type": "contribution", "kind": "interview"}, {6}),
        ({"type": "forum"}, set()),
        ({"theme": "no such theme"}, set()),
        ({"year": "soon"}, set()),
        ({"kind": ""}, {1, 2, 3, 4, 5, 6}),
        ({"unheard-of": "x"}, {1, 2, 3, 4, 5, 6}),
    ],
)
async def test_filters_are_any_of_within_and_all_of_across(
    known_city: City, filters: dict[str, Any], numbers: set[int]
) -> None:
    answer = await known_city.search(**filters)
    assert {hit["id"] for hit in answer["hits"]} == {id_of(number) for number in numbers}
    assert answer["total"] == len(numbers)


async def test_facets_count_without_their_own_filter_most_frequent_first(known_city: City) -> None:
    facets = (await known_city.search(kind="note", territory="lyon"))["facets"]
    assert set(facets) == {"type", "kind", "theme", "territory", "language", "year"}
    assert facets["kind"] == [
        {"value": "idea", "count": 1},
        {"value": "note", "count": 1},
        {"value": "study", "count": 1},
    ]
    assert facets["territory"] == [{"value": "lyon", "count": 1}, {"value": "paris", "count": 1}]
    assert (await known_city.search())["facets"]["language"] == [
        {"value": "fr", "count": 5},
        {"value": "en", "count": 1},
    ]


@pytest.mark.parametrize(
    ("dates", "numbers"),
    [
        ({"since": "2026-01-01"}, {2, 3, 4, 5, 6}),
        ({"until": "2025-12-31"}, {1}),
        ({"since": "2025-03-31", "until": "2025-03-31"}, {1}),
        ({"since": "2025-04-01", "until": "2025-12-31"}, set()),
        ({"since": "2026-02-10", "until": "2026-02-10"}, {2}),  # its last second is meant too
        ({"since": "2025-04-01T00:30:00+02:00", "until": "2025-04-01T00:30:01+02:00"}, {1}),
        ({"since": "2025-04-01T00:30:01+02:00", "until": "2025-12-31"}, set()),
        ({"until": "2025-03-31T22:30:00Z"}, set()),  # an instant is not included
        ({"since": "2026-06-01", "until": "2026-01-01"}, set()),
        ({"until": "9999-12-31"}, {1, 2, 3, 4, 5, 6}),
        ({"since": "0001-01-01"}, {1, 2, 3, 4, 5, 6}),
        ({"since": "", "until": ""}, {1, 2, 3, 4, 5, 6}),
    ],
)
async def test_dates_are_days_or_instants(known_city: City, dates: dict[str, Any], numbers: set[int]) -> None:
    answer = await known_city.search(**dates)
    assert {hit["id"] for hit in answer["hits"]} == {id_of(number) for number in numbers}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "2026-02-10T10:00:00"}, "to"),  # no offset
        ({"sort": "best"}, "sort"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "WzEsMl0"}, "cursor"),  # [1,2]
        ({"cursor": "é"}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"q": "x" * 1001}, "q"),
        ({"theme": ["x"] * 51}, "theme"),
    ],
)
async def test_what_cannot_be_read_is_named(known_city: City, params: dict[str, Any], field: str) -> None:
    answer = await known_city.service.http.get("/api/search", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["message"]


async def test_order_by_date(known_city: City) -> None:
    newest = [hit["date"] for hit in (await known_city.search(sort="newest"))["hits"]]
    oldest = [hit["date"] for hit in (await known_city.search(sort="oldest"))["hits"]]
    assert newest == sorted(newest, reverse=True)
    assert oldest == sorted(newest)


async def test_pages_follow_each_other_by_link_without_gap_or_repetition(known_city: City) -> None:
    found: list[str] = []
    url: str | None = "/api/search?sort=newest&limit=2&language=fr&language=en"
    pages = 0
    while url is not None:
        answer = await known_city.service.http.get(url)
        assert answer.status_code == 200
        found += [hit["id"] for hit in answer.json()["hits"]]
        assert answer.json()["total"] == 6
        url = answer.links["next"]["url"] if "next" in answer.links else None
        assert (answer.json()["next"] is None) == (url is None)
        pages += 1
    assert pages == 3
    assert found == [hit["id"] for hit in (await known_city.search(sort="newest"))["hits"]]


async def test_a_cursor_holds_for_its_query_only(known_city: City) -> None:
    cursor = (await known_city.search("ville", limit=1))["next"]
    assert cursor
    for other in ({"q": "quartier"}, {"q": "ville", "kind": "note"}, {"q": "ville", "sort": "newest"}):
        problem = await known_city.search(expect=422, cursor=cursor, **other)
        assert problem["errors"][0]["field"] == "cursor"
    again = await known_city.search("ville", limit=5, cursor=cursor)
    first = await known_city.search("ville", limit=1)
    assert first["hits"][0]["id"] not in {hit["id"] for hit in again["hits"]}


async def test_a_cursor_outlives_the_generation_it_was_made_in(new_city: City) -> None:
    await new_city.hears(*CONTRIBUTIONS)
    await new_city.settles()
    first = await new_city.search(sort="newest", limit=2)
    await new_city.index.begin("after")
    await new_city.index.swap("after")
    assert (await new_city.search(cursor=first["next"], sort="newest"))["hits"] == []
    await new_city.hears(*CONTRIBUTIONS)
    await new_city.settles()
    second = await new_city.search(cursor=first["next"], sort="newest", limit=10)
    assert len(second["hits"]) == 4


class Endless:
    """An index that says it has more than anybody may page through; nothing of the real one is needed here."""

    def __init__(self) -> None:
        self.asked: list[Query] = []

    async def query(self, query: Query) -> Results:
        self.asked.append(query)
        return Results(hits=[], total=3 * DEEPEST, total_is_exact=False, facets={}, generation="endless")


async def test_no_page_beyond_the_deepest(known_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless()
    monkeypatch.setattr(known_city.service.resources, "index", endless)
    cursor, pages = None, 0
    while pages == 0 or cursor:
        answer = await known_city.search("x", limit=99, **({"cursor": cursor} if cursor else {}))
        cursor, pages = answer["next"], pages + 1
    assert sum(query.limit for query in endless.asked) == DEEPEST
    assert endless.asked[-1].offset + endless.asked[-1].limit == DEEPEST
    assert answer["total_is_exact"] is False


async def test_suggestions_as_one_types(known_city: City) -> None:
    answer = await known_city.get("/api/search/suggest", q="mobil quart")
    assert {item["title"] for item in answer["items"]} == {TITLE[5], TITLE[6]}
    assert answer["items"][0].keys() == {"id", "type", "title", "title_html", "url"}
    assert (await known_city.get("/api/search/suggest"))["items"] == []
    assert (await known_city.get("/api/search/suggest", q="mobilité", limit=1))["items"][1:] == []


async def test_what_resembles(known_city: City) -> None:
    items = (await known_city.get(f"/api/search/similar/{id_of(5)}"))["items"]
    assert items
    assert id_of(5) not in {item["id"] for item in items}
    assert any("mobilité" in item["title"].lower() for item in items)
    assert (await known_city.get(f"/api/search/similar/{id_of(99)}"))["items"] == []
    assert (await known_city.get(f"/api/search/similar/{INES}"))["items"] == []


@pytest.mark.parametrize("id", ["%00", "a b", "x" * 181, "contribution:1"])
async def test_an_id_that_is_none_is_refused(known_city: City, id: str) -> None:
    problem = await known_city.get(f"/api/search/similar/{id}", 422)
    assert problem["errors"][0]["field"] == "id"


async def test_words_nobody_uses_are_put_right(known_city: City) -> None:
    answer = await known_city.search("mobilitée énnergie")
    assert answer["hits"][0]["id"] == id_of(1)
    assert answer["correction"] is None or "énergie" in answer["correction"]


async def test_an_index_that_is_away_is_a_problem_of_now(new_city: City) -> None:
    await new_city.index.close()
    for path in ("/api/search", "/api/search/suggest?q=x", f"/api/search/similar/{id_of(1)}"):
        answer = await new_city.service.http.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["type"] == "urn:demain:problem:unavailable"


async def test_callers_are_limited(known_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    generous = await known_city.service.http.get("/api/search")
    assert int(generous.headers["ratelimit"].rpartition("r=")[2]) > 1000
    monkeypatch.setitem(known_city.service.resources.own, "rate-limit:search", RateLimit("search", 2, 60))
    statuses = [(await known_city.service.http.get("/api/search/suggest")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_the_order_of_filters_does_not_matter() -> None:
    one = SearchAsked.model_validate({"kind": ["b", "a", ""], "theme": []})
    other = SearchAsked.model_validate({"kind": ["a", "b", "a"]})
    assert one.filters == other.filters == {"kind": ("a", "b")}
