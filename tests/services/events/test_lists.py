"""Lists: whole, in order, page by page, and with as many queries for many rows as for few."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from services.events.reactions import REACTIONS
from services.events.service import SERVICE
from shared.auth.principal import Role
from shared.contracts.base import Contract
from shared.contracts.contributions import TerritoryDefined, ThemeDefined, ThemeRetired
from shared.contracts.identity import PersonForgotten, PersonNamed
from shared.messaging.applier import Applier
from shared.messaging.envelope import headers_of, payload_of, record_of
from shared.messaging.log import Partition, Received
from shared.storage.identifiers import new_id
from tests.services.events.planning import FORUM, Headers, add_room, add_session, at, create, publish
from tests.support.service import QueryCounter, ServiceUnderTest

_FORUMS = text("""
    INSERT INTO forum (ordinal, id, version, language, title, summary, description, description_html, text, venue, zone,
        starts_on, ends_on, begins_at, ends_at, themes, territories, tracks, numbered, state, created_at, updated_at,
        published_at)
    SELECT 0, gen_random_uuid(), 1, 'fr', 'Forum ' || n, '', '', '', '', 'Ici', 'Europe/Paris', day::date, day::date,
        day, day + interval '1 day', ARRAY['energy'], ARRAY['lyon'], ARRAY[]::text[], 0, 'published', now(), now(),
        now()
    FROM generate_series(1, :many) AS n, LATERAL (SELECT now() + (n % 7 - 3.5) * interval '9 days' AS day) AS days
""")
_SESSIONS = text("""
    INSERT INTO session (ordinal, id, version, forum_id, forum_state, guid, room_id, language, format, title, summary,
        description, description_html, text, speakers, starts, fold, minutes, zone, begins_at, ends_at, sequence,
        cancelled, created_at, updated_at)
    SELECT 0, gen_random_uuid(), 1, :forum, 'published', gen_random_uuid(), :room, 'fr', '', 'Séance ' || n, '', '', '',
        '', jsonb_build_array(jsonb_build_object('person', gen_random_uuid(), 'name', '')), at, 0, 15, 'Europe/Paris',
        at AT TIME ZONE 'Europe/Paris', at AT TIME ZONE 'Europe/Paris' + interval '15 minutes', 0, n % 5 = 0, now(),
        now()
    FROM generate_series(1, :many) AS n,
        LATERAL (SELECT timestamp '2090-01-02' + (n + :after) * interval '15 minutes' AS at) AS times
""")
_PEOPLE = text("""
    INSERT INTO registration (forum_id, person, number, state, at)
    SELECT :forum, gen_random_uuid(), :after + n, CASE WHEN n > 30 THEN 'waiting' ELSE 'registered' END, now()
    FROM generate_series(1, :many) AS n
""")


async def _walk(service: ServiceUnderTest, url: str | None, who: Headers | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while url is not None:
        answer = await service.http.get(url, headers=who)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        link = answer.links.get("next")
        assert (link is None) == (answer.json()["next"] is None)
        url = link["url"] if link else None
    return found


async def test_coming_forums_begin_with_the_next_past_ones_with_the_last(service: ServiceUnderTest) -> None:
    async with service.database.transaction() as session:
        await session.execute(text("DELETE FROM step"))
        for table in ("registration", "session", "room", "forum"):
            await session.execute(text(f"DELETE FROM {table}"))
        await session.execute(_FORUMS, {"many": 53})
    coming = await _walk(service, "/api/forums?limit=10")
    past = await _walk(service, "/api/forums?limit=10&when=past")
    everything = await _walk(service, "/api/forums?limit=10&when=any")
    assert len({one["id"] for one in [*coming, *past]}) == len(coming) + len(past) == len(everything) == 53
    assert [one["begins_at"] for one in coming] == sorted(one["begins_at"] for one in coming)
    for backwards in (past, everything):
        begins = [one["begins_at"] for one in backwards]
        assert begins == sorted(begins, reverse=True)


async def test_filters(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    async with service.database.transaction() as session:
        await session.execute(text("INSERT INTO known_label VALUES ('theme', 'water') ON CONFLICT DO NOTHING"))
    mine = await publish(service, who, language="en", themes=["water"], territories=[])
    draft = await create(service, who, themes=["water"])

    async def listed(query: str) -> set[str]:
        return {one["id"] for one in await _walk(service, f"/api/forums?{query}", who)}

    assert mine["id"] in await listed("language=en")
    assert await listed("theme=water") == {mine["id"]}
    assert await listed("theme=water&state=any") == {mine["id"], draft["id"]}
    assert await listed("mine=true&state=draft") == {draft["id"]}
    assert await listed("mine=true&when=past") == set()
    assert mine["id"] not in await listed("territory=lyon")
    assert draft["id"] not in {one["id"] for one in await _walk(service, "/api/forums?state=draft")}


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/forums?when=any", 1),
        ("/api/forums/{id}/sessions?limit=500", 3),
        ("/api/forums/{id}/rooms", 2),
        ("/api/forums/{id}/registrations", 3),
        ("/api/forums/{id}/transitions", 2),
        ("/api/forums/{id}/places", 3),
        ("/api/forums/{id}/warnings", 3),
        ("/api/forums/{id}/calendar.ics", 4),
        ("/api/forums/{id}/schedule.json", 4),
        ("/api/registrations/mine", 1),
        ("/api/forums/{id}", 2),
    ],
)
async def test_a_list_asks_as_often_for_many_rows_as_for_few(service: ServiceUnderTest, path: str, most: int) -> None:
    me = new_id()
    who = service.someone(Role.ORGANIZER, id=me)
    forum = await publish(service, who)
    room = await add_room(service, who, forum)
    await add_session(service, who, forum, room, "2090-01-01T10:00", speakers=[{"person": str(me)}])
    await service.http.post(f"/api/forums/{forum['id']}/registrations", headers=who)
    counts = []
    for after in (100, 200):
        async with service.database.transaction() as session:
            await session.execute(_FORUMS, {"many": 5})
            await session.execute(_SESSIONS, {"many": 100, "after": after, "forum": forum["id"], "room": room})
            await session.execute(_PEOPLE, {"many": 50, "after": after, "forum": forum["id"]})
        with QueryCounter(service.database) as counter:
            answer = await service.http.get(path.replace("{id}", forum["id"]), headers=who)
        assert answer.status_code == 200, answer.text
        counts.append(counter.count)
    assert counts[0] == counts[1] <= most


async def test_a_schedule_is_there_whole_page_by_page_and_day_by_day(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    room = await add_room(service, who, forum)
    async with service.database.transaction() as session:
        await session.execute(_SESSIONS, {"many": 300, "after": 0, "forum": forum["id"], "room": room})
    path = f"/api/forums/{forum['id']}/sessions"
    found = await _walk(service, f"{path}?limit=70")
    assert len({one["id"] for one in found}) == len(found) == 300
    assert found == (await service.http.get(f"{path}?limit=500")).json()["items"]
    by_day = [await _walk(service, f"{path}?day={day}") for day in sorted({one["day"] for one in found})]
    assert [one for day in by_day for one in day] == found
    assert len(await _walk(service, f"{path}?room={room}&limit=500")) == 300
    assert await _walk(service, f"{path}?track=Rien") == []


@pytest.mark.parametrize("path", ["/api/forums", "{forum}/sessions", "{forum}/rooms", "{forum}/transitions",
                                  "{forum}/registrations", "/api/registrations/mine"])  # fmt: skip
@pytest.mark.parametrize("cursor", ["x", "W10", "é", "bnVsbA", "WzEsMl0", "W251bGwsbnVsbF0", "W251bGxd", "WzEuNV0"])
async def test_a_cursor_that_says_nothing_is_named(service: ServiceUnderTest, path: str, cursor: str) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    filled = path.replace("{forum}", f"/api/forums/{forum['id']}")
    answer = await service.http.get(filled, params={"cursor": cursor}, headers=who)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "cursor"


def _record(contract: Contract, ordinal: int) -> Received:
    headers = headers_of(contract, source="another", ordinal=ordinal, epoch=1, traceparent="")
    appended = record_of(contract.TOPIC, contract.id, payload_of(contract), headers)
    return Received(Partition(contract.TOPIC, 0), ordinal, contract.id, appended.value, appended.headers)


async def test_what_others_told_is_known(service: ServiceUnderTest) -> None:
    applier = Applier(service.database, REACTIONS, "the log")
    me, theme = new_id(), f"theme-{new_id()}"
    who = service.someone(Role.ORGANIZER, id=me)
    unknown = await service.http.post("/api/forums", json={**FORUM, "themes": [theme]}, headers=who)
    assert [one["field"] for one in unknown.json()["errors"]] == ["themes"]
    defined = [ThemeDefined(id=theme, names={"fr": "T"}), TerritoryDefined(id=theme, names={"fr": "T"})]
    assert not (await applier.apply([_record(one, 1) for one in [*defined, PersonNamed(id=str(me), name="Zoé")]])).stops
    forum = await create(service, who, themes=[theme], territories=[theme])
    assert forum["owner"] == {"id": str(me), "name": "Zoé"}
    await applier.apply([_record(ThemeRetired(id=theme), 2), _record(PersonForgotten(id=str(me)), 2)])
    again = (await service.http.get(f"/api/forums/{forum['id']}", headers=who)).json()
    assert (again["themes"], again["owner"]["name"]) == ([theme], "")
    retired = await service.http.patch(f"/api/forums/{forum['id']}", json={"themes": [theme]}, headers=at(who, forum))
    assert retired.status_code == 422


def test_the_service_declares_what_it_tells() -> None:
    assert {topic.name for topic in SERVICE.topics} == {"demain.events.forums", "demain.events.sessions"}
