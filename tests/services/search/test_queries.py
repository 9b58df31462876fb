"""Each answer takes the same number of statements, however much it shows."""

from __future__ import annotations

import pytest

from tests.services.search.city import INES, JEANNE, KARIM, PEOPLE, City, contribution, id_of
from tests.support.service import QueryCounter


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("/api/search?limit=100", "hits"),
        ("/api/search?q=ville&kind=note&sort=newest&limit=100", "hits"),
        ("/api/search/suggest?q=quartier&limit=20", "items"),
        (f"/api/search/similar/{id_of(4)}?limit=20", "items"),
    ],
)
async def test_statements_do_not_grow_with_what_is_shown(new_city: City, path: str, shows: str) -> None:
    async def count() -> tuple[int, int]:
        with QueryCounter(new_city.service.database) as counter:
            answer = await new_city.get(path)
        return len(answer[shows]), counter.count

    def title(number: int) -> str:
        # What everything says makes nothing alike: a quarter speaks of something else.
        return f"Le quartier {number}" if number % 4 else f"Le quartier sous la canopée {number}"

    everybody = (JEANNE, KARIM, INES)
    await new_city.hears(*PEOPLE, *(contribution(n, title(n), authors=everybody[:1]) for n in range(1, 9)))
    await new_city.settles()
    few, statements = await count()
    await new_city.hears(*(contribution(n, title(n), authors=everybody) for n in range(9, 60)))
    await new_city.settles()
    many, same = await count()
    assert 0 < few < many
    assert statements == same == 2
