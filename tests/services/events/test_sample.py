"""The sample lets every state be seen, and is made once."""

from __future__ import annotations

from sqlalchemy import text

from services.events.sample import fill
from services.events.workflow import State
from shared.auth.principal import Role
from shared.runtime.sample import SampleStory
from shared.storage.identifiers import new_id
from tests.services.events.planning import add_session
from tests.support.service import ServiceUnderTest

_SEEN = text("SELECT id, state, version, acronym FROM forum ORDER BY id")
_SESSIONS = text("SELECT id, version, title FROM session ORDER BY id")
_WAITING = text("SELECT state, count(*) FROM registration GROUP BY state ORDER BY state")


async def test_every_state_can_be_seen_and_nothing_is_made_twice(service: ServiceUnderTest) -> None:
    people = {str(role): new_id() for role in Role}
    seen = []
    for _ in range(2):
        await fill(SampleStory({"events": service.resources}, lambda _: None, people))
        async with service.database.transaction() as session:
            seen.append([(await session.execute(query)).all() for query in (_SEEN, _SESSIONS, _WAITING)])
    forums, sessions, registrations = seen[0]
    assert {row.state for row in forums} == set(State)
    assert len(sessions) >= 8
    assert {row.state: row.count for row in registrations}["waiting"] == 2
    assert seen[0] == seen[1]


async def test_its_organizer_can_go_on_with_it(service: ServiceUnderTest) -> None:
    people = {str(role): new_id() for role in Role}
    await fill(SampleStory({"events": service.resources}, lambda _: None, people))
    who = service.someone(Role.ORGANIZER, id=people[Role.ORGANIZER])
    (forum,) = [
        one
        for one in (await service.http.get("/api/forums?mine=true", headers=who)).json()["items"]
        if one["title"].startswith("La chaleur")
    ]
    rooms = (await service.http.get(f"/api/forums/{forum['id']}/rooms")).json()["items"]
    day = forum["starts_on"]
    await add_session(service, who, forum, rooms[0]["id"], f"{day}T18:00", title="Un verre", track="Construire")
