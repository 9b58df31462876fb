"""Publication at a chosen instant: never before, once however many look, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.contributions import schedule as worker
from services.contributions.commands import contributions as commands
from services.contributions.service import SERVICE
from services.contributions.tables import Contribution
from shared.auth.principal import Role
from shared.storage import locks
from tests.services.contributions.writing import create, move, schedule
from tests.support.service import ServiceUnderTest
from tests.support.waiting import eventually

Locking = Callable[..., Coroutine[Any, Any, Contribution | None]]


async def _is_due(service: ServiceUnderTest, *scheduled: dict[str, Any]) -> None:
    """Their instants have come."""
    async with service.database.transaction() as session:
        await session.execute(
            text("UPDATE contribution SET publish_at = now() - interval '1 second' WHERE id = ANY(:ids)"),
            {"ids": [UUID(one["id"]) for one in scheduled]},
        )


async def _told(service: ServiceUnderTest, id: str) -> list[str]:
    async with service.database.transaction() as session:
        rows = await session.execute(text("SELECT type FROM outbox WHERE key = :key ORDER BY seq"), {"key": id})
        return [row.type.rpartition(".")[2] for row in rows]


async def test_it_is_seen_by_nobody_before_and_by_everybody_after(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    at = datetime.now(UTC) + timedelta(hours=3)
    scheduled = await schedule(service, author, at)
    assert scheduled["state"] == "scheduled"
    assert datetime.fromisoformat(scheduled["publish_at"]) == at
    place = f"/api/contributions/{scheduled['id']}"
    assert await worker.publish_due(service.database) > 0
    for path in (place, f"{place}/revisions", f"{place}/revisions/1", f"{place}/transitions"):
        assert (await service.http.get(path)).status_code == 404, path
        assert (await service.http.get(path, headers=service.someone(Role.EXPERT))).status_code == 404, path
        assert (await service.http.get(path, headers=author)).status_code == 200, path
    assert (await service.http.get("/api/contributions")).json()["items"] == []
    assert await _told(service, scheduled["id"]) == []

    await _is_due(service, scheduled)
    await worker.publish_due(service.database)
    published = (await service.http.get(place)).json()
    assert (published["state"], published["publish_at"]) == ("published", None)
    assert await _told(service, scheduled["id"]) == ["ContributionPublished"]
    history = (await service.http.get(f"{place}/transitions", headers=editor)).json()["items"]
    assert [(one["action"], one["after"]) for one in history] == [
        ("submit", "submitted"),
        ("schedule", "scheduled"),
        ("publish", "published"),
    ]
    kept = (await service.http.get(f"{place}/revisions", headers=editor)).json()["items"]
    assert [(one["number"], one["occasion"], one["by"] is None) for one in kept] == [
        (2, "published", True),
        (1, "submitted", False),
    ]


async def test_it_can_be_called_back_and_recalled(service: ServiceUnderTest) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    scheduled = await schedule(service, author)
    back = (await move(service, editor, scheduled, "unschedule")).json()
    assert (back["state"], back["publish_at"], back["submitted_at"]) == ("submitted", None, scheduled["submitted_at"])
    recalled = (await move(service, author, await schedule(service, author), "recall")).json()
    assert (recalled["state"], recalled["publish_at"]) == ("draft", None)
    at_once = (await move(service, editor, await schedule(service, author), "publish")).json()
    assert (at_once["state"], at_once["publish_at"]) == ("published", None)
    assert (await move(service, author, await schedule(service, author), "unschedule")).status_code == 403


@pytest.mark.parametrize(
    ("action", "at"),
    [
        ("publish", "2020-01-01T00:00:00+00:00"),
        ("publish", "9999-12-31T23:59:59-12:00"),
        ("publish", "0001-01-01T00:00:00+12:00"),
        ("publish", "2027-01-01T00:00:00"),
        ("publish", "demain"),
        ("schedule", None),
        ("return", "2027-01-01T00:00:00+01:00"),
    ],
)
async def test_an_instant_that_cannot_be_is_named(service: ServiceUnderTest, action: str, at: str | None) -> None:
    author, editor = service.someone(Role.EXPERT), service.someone(Role.EDITOR)
    submitted = (await move(service, author, await create(service, author), "submit")).json()
    answer = await move(service, editor, submitted, action, "Citez.", at=at)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "at")


async def _publish_in_two_processes(
    service: ServiceUnderTest, locking: Locking, monkeypatch: pytest.MonkeyPatch
) -> int:
    """How many of two workers that look at the same moment take it upon themselves to publish."""
    scheduled = await schedule(service)
    await _is_due(service, scheduled)
    at_once, tried = asyncio.Barrier(2), 0

    async def meet(session: Any, entity: type[Contribution], id: UUID) -> Contribution | None:
        await at_once.wait()
        return await locking(session, entity, id)

    async def carry_out(*args: Any, **kwargs: Any) -> None:
        nonlocal tried
        tried += 1
        await original(*args, **kwargs)

    original = commands._carry_out
    with monkeypatch.context() as patch:
        patch.setattr(commands, "lock", meet)
        patch.setattr(commands, "_carry_out", carry_out)
        await asyncio.gather(*(worker.publish_due(service.database) for _ in range(2)))
    assert await _told(service, scheduled["id"]) == ["ContributionPublished"]
    return tried


async def test_two_processes_publish_it_once(service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        assert await _publish_in_two_processes(service, locks.lock, monkeypatch) == 1


async def test_without_the_lock_both_would(service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the race above is real. (The outbox refuses the second message then.)"""
    both_read = asyncio.Barrier(2)

    async def unlocked(session: Any, entity: type[Contribution], id: UUID) -> Contribution | None:
        found: Contribution | None = await session.get(entity, id, populate_existing=True)
        await both_read.wait()
        return found

    assert await _publish_in_two_processes(service, unlocked, monkeypatch) == 2


async def test_calling_back_at_the_last_moment_wins_or_loses_whole(service: ServiceUnderTest) -> None:
    for _ in range(5):
        scheduled = await schedule(service)
        await _is_due(service, scheduled)
        back, _seconds = await asyncio.gather(
            move(service, service.someone(Role.EDITOR), scheduled, "unschedule"),
            worker.publish_due(service.database),
        )
        read = await service.http.get(f"/api/contributions/{scheduled['id']}")
        assert (back.status_code, read.status_code) in {(200, 404), (409, 200), (412, 200)}


async def test_one_that_cannot_be_published_does_not_hold_up_the_others(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = await schedule(service), await schedule(service)
    await _is_due(service, broken)
    await _is_due(service, fine)
    publish = commands.publish_if_due

    async def failing(session: Any, id: UUID) -> bool:
        if str(id) == broken["id"]:
            raise ValueError("broken")
        return await publish(session, id)

    monkeypatch.setattr(worker, "publish_if_due", failing)
    await worker.publish_due(service.database)
    assert (await service.http.get(f"/api/contributions/{fine['id']}")).status_code == 200
    assert (await service.http.get(f"/api/contributions/{broken['id']}")).status_code == 404


async def test_what_came_due_while_nobody_ran_is_published_at_the_start(service: ServiceUnderTest) -> None:
    scheduled = await schedule(service)
    await _is_due(service, scheduled)
    declared = next(one for one in SERVICE.workers if one.name == "schedule")
    running = asyncio.ensure_future(declared.make(service.resources).run())
    try:

        async def is_there() -> bool:
            return (await service.http.get(f"/api/contributions/{scheduled['id']}")).status_code == 200

        await eventually(is_there)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
