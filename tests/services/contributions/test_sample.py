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


_DEBATED = text("""
    SELECT d.question, d.version, d.ordinal, d.arguments_for, d.arguments_against, d.arguments_nuance, d.replies,
        (SELECT count(*) FROM argument a WHERE a.debate_id = d.id AND a.state = 'hidden') AS hidden,
        (SELECT sum(a.endorsements) FROM argument a WHERE a.debate_id = d.id) AS endorsements
    FROM debate d ORDER BY d.origin
""")


async def test_there_is_a_debate_in_every_phase_and_nothing_is_said_twice(service: ServiceUnderTest) -> None:
    people = {str(role): new_id() for role in Role}
    seen = []
    for _ in range(2):
        await fill(SampleStory({"contributions": service.resources}, lambda _: None, people))
        async with service.database.transaction() as session:
            seen.append((await session.execute(_DEBATED)).all())
    assert seen[0] == seen[1]
    lead = next(row for row in seen[0] if "métro" in row.question)
    assert (lead.arguments_for, lead.arguments_against, lead.arguments_nuance, lead.replies) == (3, 2, 2, 4)
    assert (lead.hidden, lead.endorsements) == (1, 23)
    phases = [one["phase"] for one in (await service.http.get("/api/debates")).json()["items"]]
    assert sorted(phases) == ["closed", "open", "open", "scheduled"]
