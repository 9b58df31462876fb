"""The index in memory keeps the promises of the port that the proofs of the projection rely on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.search_index.port import SearchIndex
from tests.conformance.search_index.test_changing import (  # noqa: F401 (cases collected here)
    test_a_broken_off_rebuild_is_found_and_begun_anew,
    test_a_change_is_seen_by_every_later_query,
    test_a_generation_is_filled_beside_the_live_one,
    test_a_hit_carries_its_stamp,
    test_a_rebuild_is_needed_until_one_was_swapped_in,
    test_all_stamps_are_given_back,
    test_any_history_ends_in_the_same_documents,
    test_applying_again_is_harmless,
    test_generations_are_not_taken_for_others,
    test_the_last_change_of_a_batch_wins,
)
from tests.projection.index_in_memory import IndexInMemory, Place


@pytest.fixture
def opening() -> object:
    place = Place()
    return lambda: IndexInMemory(place)


@pytest.fixture
async def empty() -> AsyncIterator[SearchIndex]:
    index = IndexInMemory()
    await index.open()
    yield index
    await index.close()
