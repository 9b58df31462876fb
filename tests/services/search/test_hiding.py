"""Nothing unpublished is ever found: at once in what is answered, and in counts when the index has followed."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.contributions import ContributionWithdrawn
from shared.contracts.identity import PersonForgotten, PersonNamed
from shared.search_index.port import Query
from tests.projection.speaking import spoiled
from tests.services.search.city import CONTRIBUTIONS, JEANNE, KARIM, PEOPLE, City, contribution, id_of

WITHDRAWN = ContributionWithdrawn(id=id_of(5))
TITLE = CONTRIBUTIONS[4].title


@pytest.fixture
async def full_city(new_city: City) -> City:
    await new_city.hears(*PEOPLE, *CONTRIBUTIONS)
    await new_city.settles()
    return new_city


async def everywhere(city: City) -> set[str]:
    """The ids that any answer shows."""
    paths: list[tuple[str, dict[str, Any]]] = [
        ("/api/search", {}),
        ("/api/search", {"q": "mobilité quartier"}),
        ("/api/search", {"sort": "oldest", "kind": "note"}),
        ("/api/search/suggest", {"q": "mobilité"}),
        ("/api/search/suggest", {"q": "douce"}),
        *((f"/api/search/similar/{id_of(n)}", {}) for n in range(1, 7)),
    ]
    answers = [await city.get(path, **params) for path, params in paths]
    return {one["id"] for answer in answers for one in answer.get("hits", answer.get("items", ()))}


async def test_hidden_at_once_and_uncounted_when_the_index_has_followed(full_city: City) -> None:
    assert id_of(5) in await everywhere(full_city)
    await full_city.hears(WITHDRAWN)
    assert "contribution:" + id_of(5) in {hit.id for hit in (await full_city.index.query(Query())).hits}
    assert id_of(5) not in await everywhere(full_city)
    assert (await full_city.get(f"/api/search/similar/{id_of(5)}"))["items"] == []
    page = await full_city.search()
    assert (page["total"], len(page["hits"])) == (6, 5), "a page may be shorter, and is not refilled"
    await full_city.settles()
    page = await full_city.search()
    assert (page["total"], len(page["hits"])) == (5, 5)
    assert {"value": "note", "count": 1} in page["facets"]["kind"], "it was one of two"
    assert (await full_city.search("douce"))["total"] == 0
    assert id_of(5) not in await everywhere(full_city)


async def test_found_again_when_published_again(full_city: City) -> None:
    await full_city.hears(WITHDRAWN)
    await full_city.settles()
    await full_city.hears(CONTRIBUTIONS[4])
    await full_city.settles()
    assert await full_city.titles("douce") == {TITLE}


async def test_a_redelivered_publication_does_not_undo_a_withdrawal(full_city: City) -> None:
    published = full_city.speaker.says(contribution(7, "Le canal retrouvé"))
    await full_city.takes(published)
    await full_city.hears(ContributionWithdrawn(id=id_of(7)))
    await full_city.takes(full_city.speaker.again(published))
    await full_city.settles()
    assert await full_city.titles("canal") == set()


async def test_hidden_while_its_newest_state_cannot_be_read(full_city: City) -> None:
    await full_city.takes(spoiled(full_city.speaker.says(CONTRIBUTIONS[4])))
    assert id_of(5) not in await everywhere(full_city)
    await full_city.settles()
    assert (await full_city.search())["total"] == 5


async def test_words_that_were_taken_out_are_not_shown(full_city: City) -> None:
    """An edit makes the old text unpublished: the excerpt of the index is not answered any more."""
    await full_city.hears(contribution(8, "Un secret sur le port", text="Le mot rarissime est ici.", summary="Avant."))
    await full_city.settles()
    (before,) = (await full_city.search("rarissime"))["hits"]
    assert "rarissime" in before["excerpt"]
    await full_city.hears(contribution(8, "Le <port>", text="Rien de tel.", summary="Après & mieux."))
    (now,) = (await full_city.search("rarissime"))["hits"]
    assert (now["title"], now["title_html"]) == ("Le <port>", "Le &lt;port&gt;")
    assert (now["excerpt"], now["excerpt_html"]) == ("Après & mieux.", "Après &amp; mieux.")
    (suggested,) = (await full_city.get("/api/search/suggest", q="secret"))["items"]
    assert suggested["title_html"] == "Le &lt;port&gt;"
    await full_city.settles()
    assert (await full_city.search("rarissime"))["total"] == 0


async def test_names_follow_their_people(full_city: City) -> None:
    async def shown() -> list[dict[str, str]]:
        hits = (await full_city.search("energie"))["hits"]
        return next(hit["people"] for hit in hits if hit["id"] == id_of(1))

    await full_city.hears(PersonNamed(id=JEANNE, name="Jeanne Hadj-Delmas"))
    assert {"id": JEANNE, "name": "Jeanne Hadj-Delmas"} in await shown(), "answered at once"
    await full_city.settles()
    assert len(await full_city.titles("hadj")) == 3, "and found when the index has followed"
    await full_city.hears(PersonForgotten(id=JEANNE))
    assert await shown() == [{"id": KARIM, "name": "Karim Benali"}]
    await full_city.settles()
    assert await full_city.titles("jeanne delmas") == set()


async def test_an_author_may_be_heard_of_later(new_city: City) -> None:
    await new_city.hears(CONTRIBUTIONS[2])
    await new_city.settles()
    assert (await new_city.search())["hits"][0]["people"] == []
    await new_city.hears(*PEOPLE)
    await new_city.settles()
    assert await new_city.titles("karim benali") == {CONTRIBUTIONS[2].title}
    assert (await new_city.search())["hits"][0]["people"] == [{"id": KARIM, "name": "Karim Benali"}]


async def test_people_themes_and_territories_are_no_hits(full_city: City) -> None:
    answer = await full_city.search()
    assert answer["facets"]["type"] == [{"value": "contribution", "count": 6}]
    assert await full_city.index.count() == 6
