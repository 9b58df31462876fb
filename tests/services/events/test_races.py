"""Many at once, for real: who gets the places, who gets the room; and what happens when a guard is taken away."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.commands import booking, places
from services.events.tables import Forum
from shared.auth.principal import Role
from shared.storage.identifiers import new_id
from tests.services.events.planning import add_room, add_session, at, create, move, publish, try_session
from tests.support.service import ServiceUnderTest

PLACES, PEOPLE = 20, 200
_KEPT = text("SELECT person, number, state FROM registration WHERE forum_id = :forum ORDER BY number")


async def _all_register(service: ServiceUnderTest, forum: dict[str, Any], people: list[UUID]) -> list[httpx.Response]:
    path = f"/api/forums/{forum['id']}/registrations"

    async def one(person: UUID) -> httpx.Response:
        who = service.someone(Role.CITIZEN, id=person)
        answer = await service.http.post(path, headers=who)
        while answer.status_code == 503:
            # No connection came free in time on a busy machine: asked again, as the answer says.
            answer = await service.http.post(path, headers=who)
        return answer

    return await asyncio.gather(*map(one, people))


async def _kept(service: ServiceUnderTest, forum: dict[str, Any]) -> list[Any]:
    async with service.database.transaction() as session:
        return list((await session.execute(_KEPT, {"forum": forum["id"]})).all())


async def test_two_hundred_people_for_twenty_places(service: ServiceUnderTest) -> None:
    forum = await publish(service, capacity=PLACES)
    people = [new_id() for _ in range(PEOPLE)]
    # Each asks twice: who is impatient is not in twice.
    answers = await _all_register(service, forum, [*people, *people])
    assert {one.status_code for one in answers} == {200}
    kept = await _kept(service, forum)
    assert len({row.person for row in kept}) == len(kept) == PEOPLE
    assert [row.state for row in kept] == ["registered"] * PLACES + ["waiting"] * (PEOPLE - PLACES)
    assert [row.number for row in kept] == list(range(1, PEOPLE + 1))


async def test_without_the_lock_too_many_get_in(service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unlocked(session: AsyncSession, entity: type[Forum], id: UUID) -> Forum | None:
        found = await session.get(entity, id)
        # Others read meanwhile, as they do when the database is busy.
        await asyncio.sleep(0.05)
        return found

    monkeypatch.setattr(places, "lock", unlocked)
    forum = await publish(service, capacity=2)
    answers = await _all_register(service, forum, [new_id() for _ in range(8)])
    states = Counter(one.json().get("state") for one in answers if one.status_code == 200)
    assert states["registered"] > 2 or any(one.status_code != 200 for one in answers)
    assert [row.number for row in await _kept(service, forum)] != list(range(1, 9))


async def test_places_given_back_at_once_go_to_the_first_who_wait(service: ServiceUnderTest) -> None:
    forum = await publish(service, capacity=10)
    people = [new_id() for _ in range(40)]
    for person in people:
        await _all_register(service, forum, [person])
    path = f"/api/forums/{forum['id']}/registrations"
    leaving = [*people[:10], *people[15:20]]
    late = [new_id() for _ in range(5)]
    gone, _ = await asyncio.gather(
        asyncio.gather(*(service.http.delete(path, headers=service.someone(id=person)) for person in leaving)),
        _all_register(service, forum, late),
    )
    assert {one.status_code for one in gone} == {204}
    kept = [row for row in await _kept(service, forum) if row.state != "cancelled"]
    assert [row.state for row in kept] == ["registered"] * 10 + ["waiting"] * (len(kept) - 10)
    assert [row.person for row in kept[:10]] == [*people[10:15], *people[20:25]], "in the order in which they came"


async def _both_book(service: ServiceUnderTest, rounds: int) -> Counter[tuple[int, int]]:
    """Two organizers book one room for overlapping hours, so often; how often each pair of answers came."""
    one, other = service.someone(Role.ADMIN), service.someone(Role.ADMIN)
    forum = await publish(service, one)
    room = await add_room(service, one, forum)
    outcomes: Counter[tuple[int, int]] = Counter()
    for number in range(rounds):
        day, hour = 25 + number % 2, number // 2 % 24
        answers = await asyncio.gather(
            try_session(service, one, forum, room, f"2090-{1 + number // 48:02}-{day}T{hour:02}:00", minutes=45),
            try_session(service, other, forum, room, f"2090-{1 + number // 48:02}-{day}T{hour:02}:15", minutes=45),
        )
        first, second = sorted(answer.status_code for answer in answers)
        outcomes[first, second] += 1
    return outcomes


async def test_two_organizers_never_both_get_one_room(service: ServiceUnderTest) -> None:
    assert await _both_book(service, 100) == {(201, 409): 100}


async def test_without_the_constraint_both_get_it(service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service.database.transaction() as session:
        await session.execute(text("ALTER TABLE session DROP CONSTRAINT ex_session_room_booked_once"))
    # What is left is the lock of the room and a look before the leap: nobody says no.
    monkeypatch.setattr(booking, "_CHECK", text("SELECT 1"))
    monkeypatch.setattr(booking, "_DEFER", text("SELECT 1"))
    try:
        assert await _both_book(service, 3) == {(201, 201): 3}
    finally:
        async with service.database.transaction() as session:
            await session.execute(text("DELETE FROM session"))
            await session.execute(
                text(
                    "ALTER TABLE session ADD CONSTRAINT ex_session_room_booked_once EXCLUDE USING gist "
                    "(room_id WITH =, tstzrange(begins_at, ends_at) WITH &&) WHERE (NOT cancelled) "
                    "DEFERRABLE INITIALLY DEFERRED"
                )
            )


async def test_two_transitions_at_once_one_wins(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    path = f"/api/forums/{forum['id']}/transitions"
    asked = [{"action": action, "reason": "Grève."} for action in ("cancel", "retract") for _ in range(3)]
    answers = await asyncio.gather(*(service.http.post(path, json=one, headers=at(who, forum)) for one in asked))
    assert sorted(one.status_code for one in answers) == [200, *[412] * 5]


async def test_a_session_added_while_its_forum_is_published_is_told(service: ServiceUnderTest) -> None:
    """It is either told with the forum or after it, but never forgotten as a draft's."""
    who = service.someone(Role.ORGANIZER)
    for number in range(10):
        forum = await create(service, who, title=f"Forum {number}")
        room = await add_room(service, who, forum)
        added, published = await asyncio.gather(
            add_session(service, who, forum, room, "2090-03-25T10:00"), move(service, who, forum, "publish")
        )
        assert published.status_code == 200
        async with service.database.transaction() as session:
            row = (
                await session.execute(
                    text("SELECT ordinal, forum_state FROM session WHERE id = :id"), {"id": added["id"]}
                )
            ).one()
        assert (row.forum_state, row.ordinal > 0) == ("published", True)
