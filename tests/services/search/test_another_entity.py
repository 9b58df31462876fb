"""A further kind of entity is one more entry of the table: listened to, rendered, found, listed, and hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.search.documents import render
from services.search.entity import Entity, Findable, entities
from shared.messaging.applier import Applier
from shared.projection.projection import Picture, Projection
from shared.projection.projector import Projector
from tests.projection.forums import (
    FORUMS,
    SESSIONS,
    ForumAnnounced,
    ForumCancelled,
    SessionDropped,
    SessionPlanned,
)
from tests.services.search.city import CONTRIBUTIONS, PEOPLE, City


def _find(state: SessionPlanned) -> Findable:
    return Findable(
        language="fr",
        title=state.title,
        summary="Une séance.",
        body="",
        url=f"/seances/{state.id}",
        date=datetime(2026, 5, 1, tzinfo=UTC),
    )


@pytest.fixture
async def city_with_sessions(new_city: City, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    """Sessions are found, the forums they hang under are only kept."""
    monkeypatch.setitem(entities(), "forum", Entity(Picture(FORUMS, ForumAnnounced, ForumCancelled)))
    monkeypatch.setitem(entities(), "session", Entity(Picture(SESSIONS, SessionPlanned, SessionDropped), find=_find))
    projection = Projection("search", [entity.picture for entity in entities().values()])
    database, log = new_city.service.database, new_city.service.resources.log
    new_city.applier = Applier(database, projection.reactions, "the log")
    new_city.projector = Projector(database, log, projection, new_city.index, render)
    yield new_city


async def test_it_is_found_listed_and_hidden_with_its_parent(city_with_sessions: City) -> None:
    city = city_with_sessions
    await city.hears(*PEOPLE, *CONTRIBUTIONS, SessionPlanned(id="s1", title="Atelier de la mobilité", forum="f"))
    await city.settles()
    assert (await city.search(type="session"))["total"] == 0, "its forum is not known yet"
    await city.hears(ForumAnnounced(id="f", title="Le forum de la mobilité"))
    await city.settles()
    (hit,) = (await city.search("atelier"))["hits"]
    assert (hit["id"], hit["type"], hit["kind"], hit["url"]) == ("s1", "session", None, "/seances/s1")
    assert (hit["themes"], hit["people"]) == ([], [])
    assert (await city.search())["facets"]["type"] == [
        {"value": "contribution", "count": 6},
        {"value": "session", "count": 1},
    ]
    assert [one["type"] for one in (await city.get("/api/search/suggest", q="atelier"))["items"]] == ["session"]
    await city.hears(ForumCancelled(id="f"))
    assert (await city.search("atelier"))["hits"] == []
    await city.settles()
    assert (await city.search(type="session"))["total"] == 0
