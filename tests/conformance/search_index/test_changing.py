"""Changes, stamps, and generations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.search_index.port import (
    Change,
    IndexDocument,
    IndexUnavailable,
    Query,
    Remove,
    SearchIndex,
    Upsert,
)
from tests.conformance.search_index.conftest import Opening
from tests.conformance.search_index.corpus import documents


def document(id: str, title: str = "Canal", stamp: int = 1) -> IndexDocument:
    return IndexDocument(id, stamp, "contribution", "fr", title, "", "", datetime(2025, 1, 1, tzinfo=UTC))


async def found(index: SearchIndex, text: str = "") -> set[str]:
    return {hit.id for hit in (await index.query(Query(text, prefix=False, limit=200))).hits}


async def stamps(index: SearchIndex, generation: str | None = None) -> dict[str, int]:
    known: dict[str, int] = {}
    async for id, stamp in index.stamps(generation=generation):
        assert id not in known
        known[id] = stamp
    return known


async def test_a_change_is_seen_by_every_later_query(empty: SearchIndex) -> None:
    await empty.apply([Upsert(document("a", "Canal"))])
    assert await found(empty, "canal") == {"a"}
    await empty.apply([Upsert(document("a", "Écluse"))])
    assert await found(empty, "canal") == set()
    assert await found(empty, "ecluse") == {"a"}
    await empty.apply([Remove("a"), Remove("never-there")])
    assert await found(empty) == set()
    assert await empty.count() == 0


async def test_the_last_change_of_a_batch_wins(empty: SearchIndex) -> None:
    await empty.apply(
        [
            Upsert(document("a", "Canal")),
            Upsert(document("a", "Écluse")),
            Upsert(document("b")),
            Remove("b"),
            Remove("c"),
            Upsert(document("c", "Quai")),
        ]
    )
    assert await found(empty) == {"a", "c"}
    assert await found(empty, "canal") == set()
    assert await empty.count() == 2


async def test_applying_again_is_harmless(empty: SearchIndex) -> None:
    changes: list[Change] = [Upsert(document("a")), Remove("b")]
    await empty.apply(changes)
    await empty.apply(changes)
    await empty.apply([])
    assert await stamps(empty) == {"a": 1}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 2**40)), max_size=8), max_size=5
    )
)
async def test_any_history_ends_in_the_same_documents(
    empty: SearchIndex, batches: list[list[tuple[str, int | None]]]
) -> None:
    await empty.apply([Remove(id) for id in "abcdef"])
    state: dict[str, int] = {}
    for batch in batches:
        for id, stamp in batch:
            state.pop(id, None)
            if stamp is not None:
                state[id] = stamp
        await empty.apply([Remove(id) if stamp is None else Upsert(document(id, stamp=stamp)) for id, stamp in batch])
        assert await stamps(empty) == state
        assert await found(empty) == set(state)
        assert await empty.count() == len(state)


@pytest.mark.parametrize("stamp_of", [lambda number: number, lambda number: number // 700, lambda _number: 7])
async def test_all_stamps_are_given_back(empty: SearchIndex, stamp_of) -> None:  # type: ignore[no-untyped-def]
    written = {f"{number:04}": stamp_of(number) for number in range(1_500)}
    await empty.apply([Upsert(document(id, stamp=stamp)) for id, stamp in written.items()])
    assert await stamps(empty) == written


async def test_a_hit_carries_its_stamp(empty: SearchIndex) -> None:
    await empty.apply([Upsert(document("a", stamp=2**53))])
    assert (await empty.query(Query("canal"))).hits[0].stamp == 2**53


async def test_what_cannot_be_kept_is_named() -> None:
    with pytest.raises(ValueError, match="date"):
        replace(document("a"), date=datetime(2025, 1, 1))
    with pytest.raises(ValueError, match="colour"):
        replace(document("a"), facets={"colour": ("red",)})
    with pytest.raises(ValueError, match="id"):
        document("")


async def test_it_is_still_there_after_a_restart(opening: Opening) -> None:
    first = opening()
    await first.open()
    await first.apply(map_upserts(documents()))
    live = await first.live()
    await first.close()
    second = opening()
    await second.open()
    try:
        assert await second.count() == 40
        assert await second.live() == live
        assert len(await found(second, "ville")) > 3
    finally:
        await second.close()


def map_upserts(some: Iterable[IndexDocument]) -> list[Change]:
    return [Upsert(one) for one in some]


async def test_a_closed_index_says_so(opening: Opening) -> None:
    index = opening()
    with pytest.raises(IndexUnavailable):
        await index.query(Query())
    await index.open()
    await index.close()
    with pytest.raises(IndexUnavailable):
        await index.apply([Remove("a")])
    await index.close()


async def test_a_generation_is_filled_beside_the_live_one(empty: SearchIndex) -> None:
    before = await empty.live()
    await empty.apply([Upsert(document("old"))])
    await empty.begin("next")
    await empty.apply([Upsert(document("new", stamp=5))], generation="next")
    assert await found(empty) == {"old"}
    assert await empty.count(generation="next") == 1
    assert await stamps(empty, "next") == {"new": 5}
    assert set(await empty.generations()) == {before, "next"}
    await empty.apply([Upsert(document("old2"))])
    await empty.swap("next")
    assert await empty.live() == "next"
    results = await empty.query(Query())
    assert results.generation == "next"
    assert await found(empty) == {"new"}
    await empty.apply([Upsert(document("newer"))])
    assert await found(empty) == {"new", "newer"}
    await empty.drop(before)
    assert await empty.generations() == ["next"]
    await empty.drop(before)


async def test_a_rebuild_is_needed_until_one_was_swapped_in(opening: Opening) -> None:
    index = opening()
    await index.open()
    assert await index.needs_rebuild()
    await index.apply([Upsert(document("a"))])
    await index.close()
    await index.open()
    assert await index.needs_rebuild()
    await index.begin("next")
    assert await index.needs_rebuild()
    await index.swap("next")
    assert not await index.needs_rebuild()
    await index.close()
    await index.open()
    assert not await index.needs_rebuild()
    await index.close()


async def test_a_broken_off_rebuild_is_found_and_begun_anew(opening: Opening) -> None:
    index = opening()
    await index.open()
    await index.begin("next")
    await index.apply([Upsert(document("half"))], generation="next")
    await index.close()
    await index.open()
    try:
        assert "next" in await index.generations()
        assert await index.live() != "next"
        assert await index.count(generation="next") == 1
        await index.begin("next")
        assert await index.count(generation="next") == 0
        await index.swap("next")
        assert await found(index) == set()
    finally:
        await index.close()


async def test_generations_are_not_taken_for_others(empty: SearchIndex) -> None:
    live = await empty.live()
    with pytest.raises(ValueError, match="live"):
        await empty.drop(live)
    with pytest.raises(ValueError, match="live"):
        await empty.begin(live)
    with pytest.raises(ValueError, match="missing"):
        await empty.apply([Remove("a")], generation="missing")
    with pytest.raises(ValueError, match="missing"):
        await empty.swap("missing")
    with pytest.raises(ValueError, match="generation"):
        await empty.begin("../outside")
    await empty.swap(live)
    assert await empty.live() == live


async def test_queries_never_fail_while_the_index_changes(empty: SearchIndex) -> None:
    await empty.apply(map_upserts(documents()))
    done = asyncio.Event()

    async def read() -> int:
        answers = 0
        while not done.is_set():
            results = await empty.query(Query("ville", offset=answers % 5, limit=5))
            assert len({hit.id for hit in results.hits}) == len(results.hits)
            answers += 1
        return answers

    readers = [asyncio.create_task(read()) for _ in range(3)]
    before = await empty.live()
    for number in range(15):
        await empty.apply([Upsert(document(f"extra-{number}", "La ville")), Remove(f"doc-{number + 1:02}")])
    await empty.begin("next")
    await empty.apply(map_upserts(documents()), generation="next")
    await empty.swap("next")
    await empty.drop(before)
    done.set()
    assert min(await asyncio.gather(*readers)) > 0


async def test_similar_documents_are_found_after_many_changes(empty: SearchIndex) -> None:
    """Replaced documents may linger inside an index for a while: they must not disturb what is counted."""
    street = [replace(document(f"rue-{n}", f"Rue {n}"), body="tramway pavés tilleuls ombre") for n in range(6)]
    await empty.apply([Upsert(one) for one in street])
    for stamp in range(2, 6):
        await empty.apply([Upsert(replace(street[0], stamp=stamp))])
        similar = await empty.similar(street[1].id, limit=10)
        assert {hit.id for hit in similar} == {one.id for one in street} - {street[1].id}
