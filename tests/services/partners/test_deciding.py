"""What is raced: two decisions at once, a submission and its deadline, an invitation and those who open it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners.commands import applications as commands
from services.partners.commands import members
from services.partners.tables import Application
from shared.auth.principal import Role
from shared.http import middleware
from shared.runtime import arrival
from shared.storage import locks
from tests.services.partners.town import MOTIVE, Person, Story, Town, begin

Locking = Callable[..., Awaitable[Any]]
_DECIDED = text("""
    SELECT (SELECT count(*) FROM step WHERE application_id = :id AND action IN ('accept', 'decline')) AS decisions,
        (SELECT count(*) FROM partnership WHERE application_id = :id) AS partnerships
""")


async def _decide_twice(town: Town, story: Story, *actions: str) -> tuple[list[int], int, int]:
    """The statuses of decisions asked for at once, and how many decisions and partnerships there are then."""
    answers = await asyncio.gather(
        *(town.move(story.organizer, "/api/applications", story.application, action, MOTIVE) for action in actions)
    )
    async with town.service.database.transaction() as session:
        row = (await session.execute(_DECIDED, {"id": UUID(story.application["id"])})).one()
    return sorted(answer.status_code for answer in answers), row.decisions, row.partnerships


@pytest.mark.parametrize("actions", [("accept", "decline"), ("accept", "accept"), ("decline", "decline")])
async def test_of_two_decisions_at_once_one_wins(town: Town, actions: tuple[str, str]) -> None:
    for _ in range(5):
        statuses, decisions, partnerships = await _decide_twice(town, await begin(town), *actions)
        assert (statuses, decisions) == ([200, 412], 1)
        assert partnerships <= actions.count("accept")


async def test_without_the_lock_both_would_decide(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the race above is real."""
    story = await begin(town)
    both_read = asyncio.Barrier(2)

    async def unlocked(session: AsyncSession, entity: type[Application], id: UUID) -> Application | None:
        found: Application | None = await session.get(entity, id, populate_existing=True)
        await both_read.wait()
        return found

    monkeypatch.setattr(commands, "lock", unlocked)
    assert await _decide_twice(town, story, "accept", "decline") == ([200, 200], 2, 1)


async def _due(town: Town, organizer: Person, applicant: Person, deadline: datetime) -> dict[str, Any]:
    """A complete draft of a call with this deadline, which may have passed already."""
    call = await town.call(organizer)
    draft = await town.draft(applicant, call, await town.organization(applicant))
    await _move_deadline(town, draft, deadline)
    return dict(draft)


async def _move_deadline(town: Town, draft: dict[str, Any], deadline: datetime) -> None:
    async with town.service.database.transaction() as session:
        await session.execute(
            text("UPDATE call SET deadline = :deadline WHERE id = :id"),
            {"deadline": deadline, "id": UUID(draft["call"]["id"])},
        )


class Clock:
    """The clock that stamps arrivals, standing still."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def stamp(self, _scope: object) -> datetime:
        """When a request arrives."""
        return self.at


DEADLINE = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Requests arrive when the clock says."""
    stopped = Clock(DEADLINE)
    monkeypatch.setattr(middleware, "arrival_of", stopped.stamp)
    return stopped


@pytest.mark.parametrize(
    ("late", "status"),
    [
        (timedelta(microseconds=-1), 200),
        (timedelta(0), 200),
        (timedelta(microseconds=1), 409),
        (timedelta(hours=1), 409),
    ],
)
async def test_the_deadline_is_an_instant(town: Town, clock: Clock, late: timedelta, status: int) -> None:
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody()
    draft = await _due(town, organizer, applicant, DEADLINE)
    clock.at = DEADLINE + late
    answer = await town.move(applicant, "/api/applications", draft, "submit")
    assert answer.status_code == status, answer.text
    if status == 200:
        assert datetime.fromisoformat(answer.json()["submitted_at"]) == clock.at
        return
    problem = answer.json()
    assert problem["type"] == "urn:demain:problem:deadline-passed"
    assert "Your draft is kept." in problem["detail"]
    assert datetime.fromisoformat(problem["deadline"]) == DEADLINE
    assert datetime.fromisoformat(problem["arrived_at"]) == clock.at
    kept = await town.get(applicant, f"/api/applications/{draft['id']}")
    assert (kept["state"], kept["title"], kept["version"]) == ("draft", draft["title"], draft["version"])
    typed = await town.change(applicant, "/api/applications", kept, {"proposal": "Encore une phrase."})
    assert typed.status_code == 200, "what is typed is kept after the deadline too"


async def test_who_waited_for_the_row_is_judged_by_their_arrival(town: Town) -> None:
    """What is held up by somebody else's lock until after the deadline has arrived in time all the same."""
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody()
    draft = await _due(town, organizer, applicant, datetime.now(UTC) + timedelta(days=1))
    deadline = datetime.now(UTC) + timedelta(seconds=2)
    await _move_deadline(town, draft, deadline)
    async with town.service.database.transaction() as session:
        await locks.lock(session, Application, UUID(draft["id"]))
        waiting = asyncio.ensure_future(town.move(applicant, "/api/applications", draft, "submit"))
        while datetime.now(UTC) <= deadline:
            await asyncio.wait([waiting], timeout=0.1)
            assert not waiting.done()
    answer = await waiting
    assert answer.status_code == 200, answer.text
    assert datetime.fromisoformat(answer.json()["submitted_at"]) <= deadline
    late = await _due(town, organizer, applicant, deadline)
    assert (await town.move(applicant, "/api/applications", late, "submit")).status_code == 409


async def test_an_extension_under_way_is_waited_for(town: Town, clock: Clock) -> None:
    """The deadline is compared under the call's lock: with the one that holds when the submission is committed."""
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody()
    draft = await _due(town, organizer, applicant, DEADLINE)
    clock.at = DEADLINE + timedelta(minutes=1)
    async with town.service.database.transaction() as session:
        extended = text("UPDATE call SET deadline = :deadline WHERE id = :id")
        at = {"deadline": DEADLINE + timedelta(days=7), "id": UUID(draft["call"]["id"])}
        await session.execute(extended, at)
        waiting = asyncio.ensure_future(town.move(applicant, "/api/applications", draft, "submit"))
        await _is_waiting_for_a_lock(town)
    assert (await waiting).status_code == 200


async def _is_waiting_for_a_lock(town: Town) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(10), town.service.database.reading() as session:
        while not (await session.execute(waits)).scalar_one():
            await asyncio.sleep(0.01)


async def test_an_invitation_is_for_one(town: Town) -> None:
    owner = await town.somebody()
    organization = await town.organization(owner)
    for _ in range(5):
        people = [await town.somebody() for _ in range(4)]
        path = f"/api/organizations/{organization['id']}/invitations"
        token = (await town.post(owner, path, {}))["token"]
        body = {"token": token}
        accept = "/api/organizations/invitations/acceptance"
        answers = await asyncio.gather(*(town.ask(one, "POST", accept, json=body) for one in people))
        assert sorted(one.status_code for one in answers) == [200, 410, 410, 410]
    inside = await town.get(owner, f"/api/organizations/{organization['id']}/members")
    assert len(inside["items"]) == 1 + 5


async def test_without_the_lock_an_invitation_would_serve_several(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    owner, people = await town.somebody(), [await town.somebody() for _ in range(2)]
    organization = await town.organization(owner)
    token = (await town.post(owner, f"/api/organizations/{organization['id']}/invitations", {}))["token"]
    both_read = asyncio.Barrier(2)

    async def unlocked(session: AsyncSession, entity: type[Any], id: UUID) -> Any:
        found = await session.get(entity, id, populate_existing=True)
        await both_read.wait()
        return found

    monkeypatch.setattr(members, "lock", unlocked)
    accept = "/api/organizations/invitations/acceptance"
    answers = await asyncio.gather(*(town.ask(one, "POST", accept, json={"token": token}) for one in people))
    assert [one.status_code for one in answers] == [200, 200]


async def test_two_owners_do_not_leave_at_once(town: Town) -> None:
    for _ in range(5):
        owners = [await town.somebody() for _ in range(2)]
        organization = await town.organization(owners[0])
        await town.join(owners[0], organization, owners[1], "owner")
        path = f"/api/organizations/{organization['id']}/members"
        answers = await asyncio.gather(*(town.ask(one, "DELETE", f"{path}/{one.id}") for one in owners))
        assert sorted(one.status_code for one in answers) == [204, 409]


def test_the_instant_is_believed_from_our_own_services_alone() -> None:
    now = datetime.now(UTC)
    said = now - timedelta(seconds=30)

    def stamped(header: str, *, inside: bool) -> datetime:
        headers = [(arrival.HEADER.lower().encode(), header.encode())]
        return arrival.arrival_of({"type": "http", "headers": headers, arrival.INSIDE: inside})

    assert stamped(said.isoformat(), inside=True) == said
    assert stamped(said.isoformat(), inside=False) >= now
    for nonsense in (
        "",
        "soon",
        (now + timedelta(hours=1)).isoformat(),
        "2026-01-31T18:00:00",
        "0001-01-01T00:00+14:00",
    ):
        assert stamped(nonsense, inside=True) >= now
    with arrival.arriving(said):
        assert arrival.arrived_at() == said
        assert arrival.handed_on() == {arrival.HEADER: said.isoformat()}
    assert arrival.handed_on() == {}
