"""Forums and sessions in search: found when public, never before, never after, whatever comes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.events.service import SERVICE
from services.events.workflow import Action
from shared.auth.principal import Role
from shared.messaging.envelope import record_of
from shared.messaging.log import Partition, Received
from tests.services.events.planning import add_room, add_session, create
from tests.services.search.city import City, city
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving

_OUTBOX = text("SELECT seq, topic, key, headers, payload FROM outbox WHERE seq > :after ORDER BY seq")


@asynccontextmanager
async def _both(server: TestServer, folder: Path) -> AsyncIterator[tuple[ServiceUnderTest, City]]:
    async with serving(server, SERVICE) as events, city(server, folder) as known:
        yield events, known


async def _told(events: ServiceUnderTest, after: int) -> list[Received]:
    async with events.database.transaction() as session:
        rows = (await session.execute(_OUTBOX, {"after": after})).all()
    return [
        Received(
            Partition(row.topic, 0),
            row.seq,
            row.key,
            bytes(row.payload),
            record_of(row.topic, row.key, bytes(row.payload), row.headers).headers,
        )
        for row in rows
    ]


async def _act(events: ServiceUnderTest, who: dict[str, str], path: str, action: str) -> Any:
    asked = {"action": action, "reason": "Il le faut."}
    return await events.http.post(f"{path}/transitions", json=asked, headers={**who, "If-Match": "*"})


_STEPS = st.lists(st.tuples(st.sampled_from([*Action, "cancel session", "restore session"]), st.booleans()), max_size=8)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(_STEPS, st.randoms(use_true_random=False))
async def test_nothing_hidden_is_ever_found(server: TestServer, tmp_path_factory: Any, steps: Any, luck: Any) -> None:
    async with _both(server, tmp_path_factory.mktemp("city")) as (events, known):
        who = events.someone(Role.ORGANIZER)
        forum = await create(events, who, title="La chaleur de la ville", themes=[], territories=[])
        room = await add_room(events, who, forum)
        session = await add_session(
            events, who, forum, room, "2090-03-25T10:00", title="Atelier des tuyaux", speakers=[{"name": "Ada Byron"}]
        )
        path, heard = f"/api/forums/{forum['id']}", await _last(events)
        waiting: list[Received] = []
        for action, consumed in steps:
            at = f"{path}/sessions/{session['id']}" if " " in action else path
            await _act(events, who, at, str(action).split()[0])
            new = await _told(events, heard)
            heard = new[-1].offset if new else heard
            waiting += new
            if consumed:
                # Topics are read apart: what was told of sessions may come long before what was told of forums.
                topic = luck.choice(["demain.events.forums", "demain.events.sessions"])
                await known.takes(*(one for one in waiting if one.partition.topic == topic))
                waiting = [one for one in waiting if one.partition.topic != topic]
                await known.settles()
                found = {hit["type"] for hit in (await known.search())["hits"]}
                assert "forum" in found or "session" not in found, "a session is found where its forum is"
        await known.takes(*waiting)
        await known.settles()
        public = (await events.http.get(path)).status_code == 200
        everything = await known.search()
        assert {hit["type"] for hit in everything["hits"]} == ({"forum", "session"} if public else set())
        assert everything["total"] == (2 if public else 0)
        assert await known.titles("byron") == ({"Atelier des tuyaux"} if public else set())


async def _last(events: ServiceUnderTest) -> int:
    async with events.database.transaction() as session:
        return int((await session.execute(text("SELECT coalesce(max(seq), 0) FROM outbox"))).scalar_one())
