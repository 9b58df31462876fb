"""Lists: whole, in order, page by page, and with as many queries for many rows as for few."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.contributions.reactions import NAMES, REACTIONS
from services.contributions.service import SERVICE
from shared.auth.principal import Role
from shared.contracts.identity import PersonForgotten, PersonNamed
from shared.http import paging
from shared.messaging import parking
from shared.messaging.applier import Applier
from shared.messaging.envelope import Incoming, headers_of, payload_of, record_of
from shared.messaging.log import Partition, Received
from shared.storage.identifiers import new_id
from tests.services.contributions.writing import create, publish
from tests.support.service import QueryCounter, ServiceUnderTest

_MANY = text("""
    INSERT INTO contribution (ordinal, id, version, kind, language, title, summary, body, body_html, text,
        reading_minutes, themes, territories, authors, state, created_at, updated_at, published_at, revisions)
    SELECT 0, gen_random_uuid(), 1, 'note', 'fr', 'Note ' || n, '', '', '', '', 1, ARRAY['energy'], ARRAY['lyon'],
        ARRAY[gen_random_uuid()], 'published', now(), now() - n % 7 * interval '1 hour',
        now() - n % 7 * interval '1 hour', 0
    FROM generate_series(1, :many) AS n
""")


async def _fill(service: ServiceUnderTest, many: int) -> None:
    async with service.database.transaction() as session:
        await session.execute(_MANY, {"many": many})


async def _walk(service: ServiceUnderTest, path: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    url: str | None = f"{path}?limit={limit}"
    while url is not None:
        answer = await service.http.get(url)
        assert answer.status_code == 200
        page = answer.json()
        assert len(page["items"]) <= limit
        found += page["items"]
        link = answer.links.get("next")
        assert (link is None) == (page["next"] is None)
        url = link["url"] if link else None
    return found


async def test_pages_show_everything_once_newest_first(service: ServiceUnderTest) -> None:
    await _fill(service, 53)
    found = await _walk(service, "/api/contributions", 10)
    assert len({one["id"] for one in found}) == len(found) == 53
    dates = [one["published_at"] for one in found]
    assert dates == sorted(dates, reverse=True)


async def test_filters(service: ServiceUnderTest) -> None:
    me = new_id()
    mine = await publish(
        service, service.someone(Role.EXPERT, id=me), kind="idea", language="en", themes=["water"], territories=[]
    )
    await publish(service)
    for query in ("kind=idea", "language=en", "theme=water", f"author={me}"):
        items = (await service.http.get(f"/api/contributions?{query}")).json()["items"]
        assert [one["id"] for one in items] == [mine["id"]], query
    assert (await service.http.get("/api/contributions?territory=lille")).json()["items"] == []


@pytest.mark.parametrize("path", ["/api/contributions", "/api/contributions?state=any&theme=energy", "/api/themes"])
async def test_a_list_asks_as_often_for_many_rows_as_for_few(service: ServiceUnderTest, path: str) -> None:
    counts = []
    for _ in range(2):
        await _fill(service, 40)
        with QueryCounter(service.database) as counter:
            assert (await service.http.get(path)).status_code == 200
        counts.append(counter.count)
    assert counts[0] == counts[1] <= 2


async def test_one_contribution_takes_two_queries(service: ServiceUnderTest) -> None:
    published = await publish(service)
    with QueryCounter(service.database) as counter:
        await service.http.get(f"/api/contributions/{published['id']}")
    assert counter.count == 2


_DEBATES = text("""
    WITH made AS (
        INSERT INTO debate (ordinal, id, version, language, question, introduction, introduction_html,
            introduction_text, themes, territories, opened_by, opens_at, closes_at, zone, created_at, updated_at,
            arguments_for, arguments_against, arguments_nuance, replies)
        SELECT 0, gen_random_uuid(), 1, 'fr', 'Question ' || n, '', '', '', '{}', '{}', gen_random_uuid(),
            now() - interval '1 day', now() + n * interval '1 hour', 'Europe/Paris', now(), now(), 1, 0, 0, 0
        FROM generate_series(1, 40) AS n RETURNING id
    ), argued AS (
        INSERT INTO argument (ordinal, id, version, debate_id, position, language, body, body_html, text, author,
            made_at, state, endorsements, replies, reports)
        SELECT 0, gen_random_uuid(), 1, id, 'for', 'fr', 'A', 'A', 'A', :me, now(), 'shown', 0, 0, 1 FROM made
        RETURNING id
    )
    INSERT INTO report (id, argument_id, by, rule, note, at)
    SELECT gen_random_uuid(), id, gen_random_uuid(), 'respect', '', now() FROM argued
""")


@pytest.mark.parametrize(
    ("path", "most"),
    [("/api/debates?phase=open", 1), ("/api/arguments", 4), ("/api/reports", 3), ("/api/moderation", 2)],
)
async def test_lists_of_debates_ask_as_often_for_many_rows_as_for_few(
    service: ServiceUnderTest, path: str, most: int
) -> None:
    me, counts = new_id(), []
    who = service.someone(Role.MODERATOR, id=me)
    for _ in range(2):
        async with service.database.transaction() as session:
            await session.execute(_DEBATES, {"me": me})
        with QueryCounter(service.database) as counter:
            assert (await service.http.get(path, headers=who)).status_code == 200
        counts.append(counter.count)
    assert counts[0] == counts[1] <= most


_NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "W10", "WzEsMl0", "é", "bnVsbA", "e30"),
        paging.encode(["2026-01-31T18:00:00", _NOBODY]),
        paging.encode(["0001-01-01T00:00:00+14:00", _NOBODY]),
        paging.encode(["9999-12-31T23:59:59-14:00", _NOBODY]),
    ],
)
async def test_a_cursor_that_says_nothing_is_named(service: ServiceUnderTest, cursor: str) -> None:
    answer = await service.http.get("/api/contributions", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_names_of_authors_come_from_identity(service: ServiceUnderTest) -> None:
    me = new_id()
    draft = await create(service, service.someone(Role.EXPERT, id=me))
    assert draft["authors"] == [{"id": str(me), "name": ""}]

    async def react(contract: PersonNamed | PersonForgotten) -> str:
        message = Incoming(contract, contract.TOPIC, contract.id, 1, 1, "", draft["created_at"], None)
        async with service.database.transaction() as session:
            await NAMES.apply(session, [message])
        read = await service.http.get(f"/api/contributions/{draft['id']}", headers=service.someone(Role.EXPERT, id=me))
        return str(read.json()["authors"][0]["name"])

    assert await react(PersonNamed(id=str(me), name="Inès Caron")) == "Inès Caron"
    assert await react(PersonNamed(id=str(me), name="Inès Caron-Leroy")) == "Inès Caron-Leroy"
    assert await react(PersonForgotten(id=str(me))) == ""
    await react(PersonNamed(id=str(me), name="Inès"))
    async with service.database.transaction() as session:
        await NAMES.hide(session, str(UUID(str(me))))
    read = await service.http.get(f"/api/contributions/{draft['id']}", headers=service.someone(Role.EXPERT, id=me))
    assert read.json()["authors"][0]["name"] == ""


async def test_a_person_under_a_key_that_is_no_id_is_parked_and_the_others_go_on(service: ServiceUnderTest) -> None:
    def record(id: str, name: str, offset: int) -> Received:
        told = PersonNamed(id=id, name=name)
        headers = headers_of(told, source="identity", ordinal=1, epoch=1, traceparent="")
        appended = record_of(told.TOPIC, told.id, payload_of(told), headers)
        return Received(Partition(told.TOPIC, 0), offset, id, appended.value, appended.headers)

    applier = Applier(service.database, REACTIONS, "the log")
    outcome = await applier.apply([record("nobody", "No", 0), record(str(new_id()), "Ada", 1)])

    assert not outcome.stops
    async with service.database.transaction() as session:
        assert [one.received.key for one in await parking.parked(session)] == ["nobody"]
        assert (await session.execute(text("SELECT name FROM author_name"))).scalars().all() == ["Ada"]


def test_the_service_declares_what_it_tells() -> None:
    assert {topic.name for topic in SERVICE.topics} == {
        "demain.contributions.contributions",
        "demain.contributions.themes",
        "demain.contributions.territories",
        "demain.contributions.debates",
        "demain.contributions.arguments",
    }


async def test_addresses_are_all_there_part_by_part(service: ServiceUnderTest) -> None:
    await create(service, service.someone(Role.EXPERT))
    await _fill(service, 250)
    parts = (await service.http.get("/api/contributions/addresses/parts?size=100")).json()["starts"]
    assert len(parts) == 3
    found: list[dict[str, Any]] = []
    start: str | None = None
    while start is not None or not found:
        path = "/api/contributions/addresses?limit=40" + (f"&start={start}" if start else "")
        with QueryCounter(service.database) as counter:
            page = (await service.http.get(path)).json()
        assert counter.count == 1
        found += page["items"]
        start = page["next"]
    ids = [one["id"] for one in found]
    assert ids == sorted(set(ids)) and len(ids) == 250
    assert [ids[0], ids[100], ids[200]] == parts
    assert found[0]["url"].startswith(f"/contributions/{ids[0]}/note-")


async def test_nothing_published_has_no_parts(service: ServiceUnderTest) -> None:
    assert (await service.http.get("/api/contributions/addresses/parts")).json() == {"starts": []}
    assert (await service.http.get("/api/contributions/addresses")).json() == {"items": [], "next": None}
