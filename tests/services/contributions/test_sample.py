"""The sample lets every state be seen, and is made once."""

from __future__ import annotations

from sqlalchemy import text

from services.contributions.sample_story import fill
from services.contributions.workflow import State
from shared.auth.principal import Role
from shared.runtime.sample import SampleStory
from shared.storage.identifiers import new_id
from tests.support.service import ServiceUnderTest

_SEEN = text("SELECT id, state, version, revisions FROM contribution ORDER BY id")
_LINKED = text("""
    SELECT array_agg(language ORDER BY language) FROM contribution WHERE translation_group IS NOT NULL
    GROUP BY translation_group
""")
_CORRECTED = text("SELECT count(*) FROM contribution WHERE corrected_at IS NOT NULL AND revisions = 2")


async def test_every_state_can_be_seen_and_nothing_is_made_twice(service: ServiceUnderTest) -> None:
    people = {str(role): new_id() for role in Role}
    seen = []
    for _ in range(2):
        await fill(SampleStory({"contributions": service.resources}, lambda _: None, people))
        async with service.database.transaction() as session:
            seen.append((await session.execute(_SEEN)).all())
            assert (await session.execute(_CORRECTED)).scalar_one() == 1
            assert (await session.execute(_LINKED)).scalars().all() == [["en", "fr"]] * 2
    assert {row.state for row in seen[0]} == set(State)
    assert seen[0] == seen[1]
