"""What has no title of its own is named, in every answer, by what it says."""

from __future__ import annotations

import pytest

from shared.contracts.debates import ArgumentMade, DebateAnnounced
from tests.golden.examples import EXAMPLES
from tests.services.search.city import CONTRIBUTIONS, City, contribution


@pytest.fixture
async def debated_city(new_city: City) -> City:
    """Where somebody says, in a debate on a text, what the golden example says."""
    debate = next(one for one in EXAMPLES if isinstance(one, DebateAnnounced))
    said = next(one for one in EXAMPLES if isinstance(one, ArgumentMade))
    await new_city.hears(*CONTRIBUTIONS, debate.model_copy(update={"contribution": None}), said)
    await new_city.settles()
    return new_city


async def test_an_argument_is_found_by_its_words(debated_city: City) -> None:
    found = (await debated_city.search("minute pied"))["hits"]
    assert [(hit["type"], hit["title"]) for hit in found] == [("argument", "À pied, oui ; mais pas à la minute près.")]


async def test_every_answer_names_what_it_finds(debated_city: City) -> None:
    hits = (await debated_city.search())["hits"]
    assert {"argument", "debate", "contribution"} <= {hit["type"] for hit in hits}
    suggested = (await debated_city.get("/api/search/suggest", q="pied"))["items"]
    assert suggested
    assert all(one["title"] for one in [*hits, *suggested])


async def test_so_is_an_argument_like_a_text(debated_city: City) -> None:
    near = contribution(30, "À pied, à la minute près", text="À pied, oui, à la minute près, mais pas toujours.")
    await debated_city.hears(near)
    await debated_city.settles()
    found = (await debated_city.get(f"/api/search/similar/{near.id}"))["items"]
    assert "À pied, oui ; mais pas à la minute près." in {one["title"] for one in found}
