"""Arguments: said while a debate is open, answered one level deep, endorsed once by each, counted exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.contributions.commands import arguments as commands
from services.contributions.commands import debates as debate_commands
from services.contributions.debate_workflow import DebateAction
from services.contributions.schemas.arguments import ArgumentIn
from shared.auth.principal import Principal, Role
from shared.http.preconditions import Expected
from shared.http.problems import Problem
from shared.rendering import render
from shared.storage import locks
from shared.storage.identifiers import new_id
from tests.services.contributions.debating import argue, is_over, moderate, open_debate, told
from tests.support.service import QueryCounter, ServiceUnderTest

ANY = Expected(frozenset({"*"}))

_MANY = text("""
    INSERT INTO argument (ordinal, id, version, debate_id, answers, position, language, body, body_html, text, author,
        made_at, state, endorsements, replies, reports)
    SELECT 1, gen_random_uuid(), 1, :debate, NULL, (ARRAY['for', 'against', 'nuance'])[1 + n % 3], 'fr', 'Argument',
        '<p>Argument</p>', 'Argument', gen_random_uuid(), now(), 'shown', n % 11, 0, 0
    FROM generate_series(1, :many) AS n
""")


async def fill(service: ServiceUnderTest, debate: dict[str, Any], many: int) -> None:
    """Many arguments, written beside the commands."""
    async with service.database.transaction() as session:
        await session.execute(_MANY, {"debate": UUID(debate["id"]), "many": many})


async def tally(service: ServiceUnderTest, debate: dict[str, Any]) -> tuple[int, int, int, int]:
    """For, against, nuance, replies."""
    read = (await service.http.get(f"/api/debates/{debate['id']}")).json()["tally"]
    return read["arguments_for"], read["arguments_against"], read["arguments_nuance"], read["replies"]


async def test_arguments_replies_and_their_counts(service: ServiceUnderTest) -> None:
    debate, me = await open_debate(service), new_id()
    mine = service.someone(id=me)
    first = await argue(service, debate, mine, "Une **bonne** idée.\n\n<script>alert(1)</script>", "for")
    assert "<strong>bonne</strong>" in first["body_html"] and "<script" not in first["body_html"]
    assert (first["position"], first["mine"], first["author"]["id"]) == ("for", True, str(me))
    assert first["actions"] == ["edit", "take_back", "reply"]
    await argue(service, debate, position="against")
    await argue(service, debate, position="nuance")
    reply = await argue(service, debate, body="Pas si sûr.", answers=first["id"])
    assert (reply["position"], reply["answers"]) == (None, first["id"])
    assert reply["url"] == f"/debats/{debate['id']}/arguments/{first['id']}#argument-{reply['id']}"
    assert await tally(service, debate) == (1, 1, 1, 1)
    listed = (await service.http.get(f"/api/debates/{debate['id']}/arguments")).json()["items"]
    assert len(listed) == 3
    (shown,) = [one for one in listed if one["id"] == first["id"]]
    assert [one["id"] for one in shown["first_replies"]] == [reply["id"]]
    assert await told(service, first["id"]) == ["ArgumentMade"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"position": None}, "position"),
        ({"position": "maybe"}, "position"),
        ({"body": "  "}, "body"),
        ({"body": "<!-- rien -->"}, "body"),
        ({"body": "x" * 4001}, "body"),
        ({"body": "a\x00b"}, "body"),
        ({"answers": str(new_id()), "position": None}, "answers"),
        ({"answers": str(new_id())}, "position"),
    ],
)
async def test_what_cannot_be_said_is_named(service: ServiceUnderTest, changes: dict[str, Any], field: str) -> None:
    debate = await open_debate(service)
    said = {"body": "Un argument.", "position": "for", **changes}
    path = f"/api/debates/{debate['id']}/arguments"
    answer = await service.http.post(path, json=said, headers=service.someone())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
    assert await tally(service, debate) == (0, 0, 0, 0)


async def test_replies_are_one_level_deep_and_stay_in_their_debate(service: ServiceUnderTest) -> None:
    debate, other = await open_debate(service), await open_debate(service)
    first = await argue(service, debate)
    reply = await argue(service, debate, answers=first["id"])
    for where, answers in ((debate, reply["id"]), (other, first["id"])):
        said = {"body": "Et pourtant.", "answers": answers}
        path = f"/api/debates/{where['id']}/arguments"
        refused = await service.http.post(path, json=said, headers=service.someone())
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "answers")


async def test_it_is_reworded_soon_and_before_others_agree_or_answer(service: ServiceUnderTest) -> None:
    debate = await open_debate(service)
    mine = service.someone()

    async def reword(argument: dict[str, Any], who: dict[str, str]) -> int:
        answer = await service.http.patch(
            f"/api/arguments/{argument['id']}", json={"body": "Mieux dit."}, headers={**who, "If-Match": "*"}
        )
        return answer.status_code

    fresh, endorsed, answered, old = [await argue(service, debate, mine) for _ in range(4)]
    assert await reword(fresh, mine) == 200
    read = (await service.http.get(f"/api/arguments/{fresh['id']}")).json()
    assert (read["body"], read["version"], read["edited_at"] is not None) == ("Mieux dit.", 2, True)
    assert await reword(fresh, service.someone(Role.MODERATOR)) == 403
    await service.http.put(f"/api/arguments/{endorsed['id']}/endorsement", headers=service.someone())
    await argue(service, debate, answers=answered["id"])
    async with service.database.transaction() as session:
        await session.execute(
            text("UPDATE argument SET made_at = now() - interval '16 minutes' WHERE id = :id"), {"id": UUID(old["id"])}
        )
    for argument in (endorsed, answered, old):
        assert await reword(argument, mine) == 409
        actions = (await service.http.get(f"/api/arguments/{argument['id']}", headers=mine)).json()["actions"]
        assert "edit" not in actions and "take_back" in actions


async def test_taken_back_it_is_gone_with_what_answered_it(service: ServiceUnderTest) -> None:
    debate, mine = await open_debate(service), service.someone()
    argument = await argue(service, debate, mine)
    reply = await argue(service, debate, answers=argument["id"])
    path = f"/api/arguments/{argument['id']}"
    assert (await service.http.delete(path, headers={**service.someone(), "If-Match": "*"})).status_code == 403
    assert (await service.http.delete(path, headers={**mine, "If-Match": '"9"'})).status_code == 412
    assert (await service.http.delete(path, headers={**mine, "If-Match": '"1"'})).status_code == 204
    assert await tally(service, debate) == (0, 0, 0, 0)
    for one in (argument, reply):
        assert (await service.http.get(f"/api/arguments/{one['id']}", headers=mine)).status_code == 410
    assert (await service.http.get(f"/api/debates/{debate['id']}/arguments")).json()["items"] == []
    replies = await service.http.get(f"/api/debates/{debate['id']}/arguments?answers={argument['id']}")
    assert replies.status_code == 410
    assert (await service.http.get("/api/arguments", headers=mine)).json()["items"] == []
    assert (await told(service, argument["id"]))[-1] == "ArgumentTakenDown"
    assert (await moderate(service, argument, "hide")).status_code == 410


async def test_endorsed_once_by_each_and_never_by_its_author(service: ServiceUnderTest) -> None:
    debate, mine, other = await open_debate(service), service.someone(), service.someone()
    argument = await argue(service, debate, mine)
    path = f"/api/arguments/{argument['id']}/endorsement"
    assert (await service.http.put(path, headers=mine)).status_code == 403
    for _ in range(3):
        answer = await service.http.put(path, headers=other)
        assert (answer.status_code, answer.json()["endorsements"], answer.json()["endorsed"]) == (200, 1, True)
    listed = (await service.http.get(f"/api/debates/{debate['id']}/arguments", headers=other)).json()["items"]
    assert (listed[0]["endorsements"], listed[0]["endorsed"]) == (1, True)
    assert (await service.http.get(f"/api/arguments/{argument['id']}")).json()["endorsed"] is False
    for _ in range(2):
        answer = await service.http.delete(path, headers=other)
        assert (answer.status_code, answer.json()["endorsements"]) == (200, 0)


async def _endorse_at_once(
    service: ServiceUnderTest, people: int, locking: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int]:
    """The count on the argument and the number of endorsements, after each of them endorsed it twice at one time."""
    argument = await argue(service, await open_debate(service))
    path = f"/api/arguments/{argument['id']}/endorsement"
    who = [service.someone() for _ in range(people)]
    with monkeypatch.context() as patch:
        patch.setattr(commands, "lock", locking)
        await asyncio.gather(*(service.http.put(path, headers=one) for one in who * 2))
    async with service.database.transaction() as session:
        counted = await session.execute(
            text("SELECT endorsements, (SELECT count(*) FROM endorsement WHERE argument_id = a.id) FROM argument a")
        )
        row = counted.one()
        return row[0], row[1]


async def test_endorsements_at_one_time_are_all_counted_once(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _endorse_at_once(service, 25, locks.lock, monkeypatch) == (25, 25)


async def test_control_without_the_lock_some_are_not_counted(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)

    async def unlocked(session: Any, entity: Any, id: UUID) -> Any:
        found = await session.get(entity, id, populate_existing=True)
        if entity is commands.Argument and both.n_waiting < 2:
            async with asyncio.timeout(2):
                await both.wait()
        return found

    counted, endorsed = await _endorse_at_once(service, 2, unlocked, monkeypatch)
    assert endorsed == 2
    assert counted < endorsed


Locking = Callable[..., Coroutine[Any, Any, Any]]


async def _argue_while_it_closes(
    service: ServiceUnderTest, locking: Locking, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, bool]:
    """Whether an argument that arrived after the closing, and one that arrived before, were accepted. Both are handled
    while the debate is being closed by hand."""
    opener = Principal(new_id(), frozenset({Role.EXPERT}))
    debate = await open_debate(service, service.someone(Role.EXPERT, id=opener.id))
    id, closing = UUID(debate["id"]), datetime.now(UTC)
    closed, meanwhile = asyncio.Event(), asyncio.Event()

    async def close() -> None:
        async with service.database.transaction() as session:
            await debate_commands.move(session, opener, id, ANY, DebateAction.CLOSE, None, closing)
            closed.set()
            async with asyncio.timeout(5):
                await meanwhile.wait()

    async def say(arrived: datetime) -> bool:
        await closed.wait()
        said = ArgumentIn(body="Un mot encore.", position="for")  # type: ignore[arg-type]
        person = Principal(new_id(), frozenset({Role.CITIZEN}))
        try:
            async with service.database.transaction() as session:
                await session.connection()  # a new one may take longer than the others are waited for
                asyncio.get_running_loop().call_later(0.3, meanwhile.set)
                await commands.argue(session, person, id, said, render(said.body), arrived)
        except Problem:
            return False
        return True

    with monkeypatch.context() as patch:
        patch.setattr(debate_commands, "lock", locking)
        late, _ = await asyncio.gather(say(closing + timedelta(milliseconds=1)), close())
    early = await say(closing - timedelta(milliseconds=1))
    return late, early


async def test_what_arrives_after_the_closing_is_refused_and_what_came_before_is_not(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert await _argue_while_it_closes(service, locks.lock, monkeypatch) == (False, True)


async def test_control_without_the_lock_one_is_accepted_after_the_closing(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unlocked(session: Any, entity: Any, id: UUID) -> Any:
        return await session.get(entity, id, populate_existing=True)

    assert await _argue_while_it_closes(service, unlocked, monkeypatch) == (True, True)


async def test_arguments_at_one_time_are_all_counted(service: ServiceUnderTest) -> None:
    debate = await open_debate(service)
    positions = ["for", "against", "nuance"] * 8
    await asyncio.gather(*(argue(service, debate, position=one) for one in positions))
    assert await tally(service, debate) == (8, 8, 8, 0)


@pytest.mark.parametrize("order", ["endorsements", "newest", "oldest"])
async def test_pages_show_everything_once_in_order(service: ServiceUnderTest, order: str) -> None:
    debate = await open_debate(service)
    await fill(service, debate, 61)
    found: list[dict[str, Any]] = []
    url: str | None = f"/api/debates/{debate['id']}/arguments?order={order}&limit=9"
    while url:
        answer = await service.http.get(url)
        found += answer.json()["items"]
        url = answer.links.get("next", {}).get("url")
    keys = [(one["endorsements"], one["id"]) if order == "endorsements" else one["id"] for one in found]
    assert keys == sorted(keys, reverse=order != "oldest")
    assert len({one["id"] for one in found}) == len(found) == 61
    only = (await service.http.get(f"/api/debates/{debate['id']}/arguments?position=for&limit=100")).json()["items"]
    assert {one["position"] for one in only} == {"for"} and len(only) == 20


@pytest.mark.parametrize("order", ["endorsements", "newest", "oldest"])
async def test_a_page_asks_as_often_for_ten_thousand_as_for_ten(service: ServiceUnderTest, order: str) -> None:
    debate, who = await open_debate(service), service.someone()
    answered = await argue(service, debate)
    await argue(service, debate, answers=answered["id"])
    path = f"/api/debates/{debate['id']}/arguments?order={order}&limit=50"
    counts = []
    for many in (60, 10_000):
        await fill(service, debate, many)
        with QueryCounter(service.database) as counter:
            assert len((await service.http.get(path, headers=who)).json()["items"]) == 50
        counts.append(counter.count)
    assert counts[0] == counts[1] <= 5


async def test_what_was_said_lately_is_told_to_who_was_away(service: ServiceUnderTest) -> None:
    debate = await open_debate(service)
    before = datetime.now(UTC)
    first = await argue(service, debate)
    reply = await argue(service, debate, answers=first["id"])
    hidden = await argue(service, debate)
    below = await argue(service, debate, answers=hidden["id"])
    assert (await moderate(service, hidden, "hide")).status_code == 200
    path = f"/api/debates/{debate['id']}/arguments/recent"
    found = (await service.http.get(path, params={"since": before.isoformat()})).json()["items"]
    assert [one["id"] for one in found] == [first["id"], reply["id"]], below
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert (await service.http.get(path, params={"since": later.isoformat()})).json()["items"] == []
    for extreme in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert (await service.http.get(path, params={"since": extreme})).status_code == 200


async def test_over_it_takes_nothing_but_what_is_taken_back(service: ServiceUnderTest) -> None:
    debate, mine = await open_debate(service), service.someone()
    argument = await argue(service, debate, mine)
    await is_over(service, debate)
    assert (await service.http.get(f"/api/arguments/{argument['id']}", headers=mine)).json()["actions"] == ["take_back"]
    edited = await service.http.patch(
        f"/api/arguments/{argument['id']}", json={"body": "Trop tard."}, headers={**mine, "If-Match": "*"}
    )
    assert edited.status_code == 409
    path = f"/api/arguments/{argument['id']}"
    assert (await service.http.delete(path, headers={**mine, "If-Match": "*"})).status_code == 204
