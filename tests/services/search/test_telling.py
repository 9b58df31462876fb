"""Search tells that what it answers has changed; its messages are counted one by one, so that a lost one is seen."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from shared.projection import dirt, index_tasks
from tests.services.search.city import CONTRIBUTIONS, PEOPLE, City, contribution


async def told(city: City) -> list[tuple[int, list[str]]]:
    """The ordinal and the kinds of each message."""
    async with city.service.database.transaction() as session:
        rows = await session.execute(
            text("SELECT ordinal, payload FROM outbox WHERE topic = 'demain.search.index' ORDER BY seq")
        )
        return [(row.ordinal, json.loads(row.payload)["types"]) for row in rows]


async def test_no_number_is_left_out(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    await new_city.hears(*PEOPLE, *CONTRIBUTIONS)
    await new_city.settles()
    assert await told(new_city) == [(1, ["contribution", "person"])]

    await new_city.hears(contribution(2, "Le vélo cargo, encore"))

    async def fail(*_: object) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr(dirt, "clean", fail)
        with pytest.raises(ConnectionError):
            await new_city.projector.show_dirt()
    await new_city.settles()
    assert (await told(new_city))[1:] == [(2, ["contribution"])]

    async with new_city.service.database.transaction() as session:
        await index_tasks.ask(session, "rebuild")
    while not await index_is_rebuilt(new_city):
        await new_city.projector.after()
    ordinals = [ordinal for ordinal, _ in await told(new_city)]
    assert ordinals == list(range(1, len(ordinals) + 1))
    assert len(ordinals) > 2, "a rebuild tells, too"


async def index_is_rebuilt(city: City) -> bool:
    async with city.service.database.transaction() as session:
        return not await index_tasks.under_way(session)
