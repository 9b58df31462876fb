"""Filters, counts, dates, order and pages."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.search_index.port import (
    DEEPEST,
    FACETS,
    IndexDocument,
    Query,
    SearchIndex,
    Sort,
    Upsert,
)
from tests.conformance.search_index.corpus import document_id, documents

CORPUS = documents()


def values(document: IndexDocument, facet: str) -> tuple[str, ...]:
    match facet:
        case "type":
            return (document.type,)
        case "language":
            return (document.language,)
        case "year":
            return (str(document.date.year),)
        case _:
            return document.facets[facet]


def fits(document: IndexDocument, filters: dict[str, tuple[str, ...]]) -> bool:
    return all(set(values(document, facet)) & set(wanted) for facet, wanted in filters.items() if wanted)


def counts(filters: dict[str, tuple[str, ...]], facet: str) -> dict[str, int]:
    others = {name: wanted for name, wanted in filters.items() if name != facet}
    return dict(Counter(value for d in CORPUS if fits(d, others) for value in values(d, facet)))


@st.composite
def some_filters(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    chosen = draw(st.lists(st.sampled_from(FACETS), unique=True, max_size=3))
    known = {facet: sorted({v for d in CORPUS for v in values(d, facet)}) for facet in chosen}
    return {
        facet: tuple(draw(st.lists(st.sampled_from([*known[facet], "unheard-of"]), unique=True, max_size=3)))
        for facet in chosen
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=some_filters())
async def test_filters_and_counts_agree_with_the_documents(
    city: SearchIndex, filters: dict[str, tuple[str, ...]]
) -> None:
    results = await city.query(Query(filters=filters, limit=100))
    wanted = [document.id for document in reversed(CORPUS) if fits(document, filters)]
    assert [hit.id for hit in results.hits] == wanted
    assert results.total == len(wanted)
    assert results.total_is_exact
    assert {facet: dict(results.facets[facet]) for facet in FACETS} == {
        facet: counts(filters, facet) for facet in FACETS
    }


async def test_counts_are_of_the_words_too(city: SearchIndex) -> None:
    results = await city.query(Query("budget", filters={"kind": ("debate",)}, prefix=False))
    assert {hit.id for hit in results.hits} == {document_id(4), document_id(11)}
    assert results.facets["kind"] == {"debate": 2, "article": 1}
    assert results.facets["territory"] == {"nantes": 1, "grenoble": 1}


async def test_only_facets_that_are_asked_for_are_counted(city: SearchIndex) -> None:
    assert set((await city.query(Query(facets=("theme",)))).facets) == {"theme"}
    assert (await city.query(Query(facets=()))).facets == {}


async def test_language_narrows(city: SearchIndex) -> None:
    results = await city.query(Query("nuit", filters={"language": ("en",)}, prefix=False))
    assert results.facets["language"].get("fr", 0) >= 3
    assert all(int(hit.id[-2:]) in {*range(21, 33), 38, 39} for hit in results.hits)


async def test_since_is_inclusive_and_until_exclusive(city: SearchIndex) -> None:
    fifth, seventh = CORPUS[4].date, CORPUS[6].date
    results = await city.query(Query(since=fifth, until=seventh))
    assert [hit.id for hit in results.hits] == [document_id(6), document_id(5)]
    later = await city.query(Query(since=fifth + timedelta(microseconds=1), until=seventh))
    assert [hit.id for hit in later.hits] == [document_id(6)]
    assert (await city.query(Query(until=CORPUS[0].date))).total == 0
    assert (await city.query(Query(since=CORPUS[0].date))).total == 40


async def test_sorted_by_date(city: SearchIndex) -> None:
    newest = await city.query(Query("ville", sort=Sort.NEWEST, prefix=False, limit=100))
    oldest = await city.query(Query("ville", sort=Sort.OLDEST, prefix=False, limit=100))
    assert len(newest.hits) > 3
    assert [hit.id for hit in newest.hits] == sorted((hit.id for hit in newest.hits), reverse=True)
    assert [hit.id for hit in oldest.hits] == sorted(hit.id for hit in newest.hits)


def made(id: str, *, title: str = "x", summary: str = "x", body: str = "x", day: int = 1) -> Upsert:
    date = datetime(2025, 1, day, tzinfo=UTC)
    return Upsert(IndexDocument(id, 1, "contribution", "fr", title, summary, body, date))


async def test_title_weighs_more_than_summary_and_summary_more_than_body(empty: SearchIndex) -> None:
    filler = "mot autre chose encore plus loin"
    await empty.apply(
        [
            made("body", title=filler, summary=filler, body=f"Un canal {filler}", day=9),
            made("summary", title=filler, summary=f"Un canal {filler}", body=filler, day=8),
            made("title", title=f"Un canal {filler}", summary=filler, body=filler, day=7),
        ]
    )
    results = await empty.query(Query("canal"))
    assert [hit.id for hit in results.hits] == ["title", "summary", "body"]


async def test_ties_are_broken_by_date_then_id(empty: SearchIndex) -> None:
    same = [made(f"{day}-{letter}", title="Canal", day=day) for letter in "cab" for day in (1, 3, 2)]
    for change in same:  # one commit each, so that an index in segments has many
        await empty.apply([change])
    wanted = ["3-a", "3-b", "3-c", "2-a", "2-b", "2-c", "1-a", "1-b", "1-c"]
    for sort in (Sort.RELEVANCE, Sort.NEWEST):
        assert [hit.id for hit in (await empty.query(Query("canal", sort=sort))).hits] == wanted
    oldest = ["1-a", "1-b", "1-c", "2-a", "2-b", "2-c", "3-a", "3-b", "3-c"]
    assert [hit.id for hit in (await empty.query(Query("canal", sort=Sort.OLDEST))).hits] == oldest


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.sampled_from(["", "ville", "la", "budget ville", "l", "-tramway", "energie mobilitee"]),
    size=st.integers(1, 17),
    sort=st.sampled_from(Sort),
)
async def test_pages_never_overlap_and_leave_nothing_out(city: SearchIndex, text: str, size: int, sort: Sort) -> None:
    whole = await city.query(Query(text, limit=100, sort=sort))
    paged: list[str] = []
    while True:
        results = await city.query(Query(text, offset=len(paged), limit=size, sort=sort, facets=()))
        assert results.total == whole.total
        if not results.hits:
            break
        paged += [hit.id for hit in results.hits]
    assert paged == [hit.id for hit in whole.hits]


async def test_pages_of_a_large_tie_never_overlap(empty: SearchIndex) -> None:
    """All alike: only the id tells them apart, and it does not start with what differs."""
    changes = [made(f"document-{number:03}", title="Canal") for number in range(150)]
    for start in range(0, 150, 30):
        await empty.apply(changes[start : start + 30][::-1])
    paged: list[str] = []
    for offset in range(0, 150, 11):
        paged += [hit.id for hit in (await empty.query(Query("canal", offset=offset, limit=11))).hits]
    assert paged == [change.document.id for change in changes]


async def test_a_page_beyond_the_end_is_empty(city: SearchIndex) -> None:
    results = await city.query(Query(offset=5_000, limit=20))
    assert results.hits == []
    assert results.total == 40


async def test_no_hits_may_be_asked_for(city: SearchIndex) -> None:
    results = await city.query(Query("budget", limit=0, prefix=False))
    assert results.hits == []
    assert results.total == 3


async def test_too_deep_is_refused(city: SearchIndex) -> None:
    assert (await city.query(Query(offset=DEEPEST - 20, limit=20))).total == 40
    with pytest.raises(ValueError, match="10000"):
        await city.query(Query(offset=DEEPEST - 19, limit=20))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"offset": -1}, "offset"),
        ({"limit": -1}, "limit"),
        ({"filters": {"colour": ("red",)}}, "colour"),
        ({"facets": ("colour",)}, "colour"),
        ({"since": datetime(2025, 1, 1)}, "since"),
        ({"until": datetime(2025, 1, 1)}, "until"),
    ],
)
async def test_what_makes_no_sense_is_named(city: SearchIndex, wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        await city.query(Query(**wrong))  # type: ignore[arg-type]
