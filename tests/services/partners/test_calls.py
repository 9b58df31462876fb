"""Calls: their instants, their criteria, and whether one can apply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.phases import phase_of
from services.partners.schemas.calls import Phase
from services.partners.workflow import CallState
from shared.auth.principal import Role
from tests.services.partners.town import CALL, CRITERIA, Town

NOW = datetime.now(UTC)
PAST, AHEAD, LATER = (NOW + timedelta(days=days) for days in (-1, 1, 2))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from(CallState), st.none() | instants, st.none() | instants, instants)
def test_a_phase_follows_from_state_and_instants(
    state: CallState, opens_at: datetime | None, deadline: datetime | None, at: datetime
) -> None:
    phase = phase_of(state, opens_at, deadline, at)
    in_time = (opens_at is None or opens_at <= at) and (deadline is None or at <= deadline)
    assert (phase is Phase.OPEN) == (state is CallState.PUBLISHED and in_time)
    if state is CallState.PUBLISHED and deadline is not None and at > deadline:
        assert phase is Phase.OVER


@pytest.mark.parametrize("phase", Phase)
async def test_a_list_by_phase_shows_those_that_say_so(town: Town, phase: Phase) -> None:
    organizer = await town.somebody(Role.ORGANIZER)
    made = [
        await town.call(organizer, published=published, opens_at=opens, deadline=deadline.isoformat())
        for published in (True, False)
        for opens, deadline in ((None, AHEAD), (AHEAD.isoformat(), LATER), (None, PAST), (PAST.isoformat(), AHEAD))
    ]
    closed = await town.moved(organizer, "/api/calls", made[0], "close")
    assert closed["phase"] == "over"
    everything = (await town.get(organizer, "/api/calls?state=any"))["items"]
    shown = (await town.get(organizer, f"/api/calls?state=any&phase={phase}"))["items"]
    assert {one["id"] for one in shown} == {one["id"] for one in everything if one["phase"] == phase}
    assert shown


@pytest.mark.parametrize(
    ("field", "given_"),
    [
        ("deadline", {"opens_at": LATER.isoformat(), "deadline": AHEAD.isoformat()}),
        ("deadline", {"kind": "open", "deadline": AHEAD.isoformat()}),
        ("deadline", {"deadline": "2026-12-01T12:00:00"}),
        ("zone", {"zone": "Europe/Lugdunum"}),
        ("criteria", {"criteria": [CRITERIA[0], CRITERIA[0]]}),
        ("criteria.0.weight", {"criteria": [{**CRITERIA[0], "weight": 0}]}),
    ],
)
async def test_what_is_wrong_is_named(town: Town, field: str, given_: dict[str, Any]) -> None:
    answer = await town.ask(await town.somebody(Role.ORGANIZER), "POST", "/api/calls", json={**CALL, **given_})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_how_applications_are_judged_stays_once_it_is_published(town: Town) -> None:
    organizer = await town.somebody(Role.ORGANIZER)
    draft = await town.call(organizer, published=False, criteria=[])
    refused = await town.move(organizer, "/api/calls", draft, "publish")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "criteria")
    ready = (await town.change(organizer, "/api/calls", draft, {"criteria": CRITERIA})).json()
    published = await town.moved(organizer, "/api/calls", ready, "publish")
    for changes in ({"criteria": CRITERIA[:1]}, {"top_score": 10}):
        answer = await town.change(organizer, "/api/calls", published, changes)
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, list(changes))
    later = {"deadline": LATER.isoformat(), "zone": "Indian/Reunion", "criteria": published["criteria"]}
    extended = await town.change(organizer, "/api/calls", published, later)
    assert extended.status_code == 200, extended.text
    assert datetime.fromisoformat(extended.json()["deadline"]) == LATER


@pytest.mark.parametrize("how", ["coming", "closed", "withdrawn", "draft"])
async def test_nobody_begins_an_application_to_a_call_that_is_not_open(town: Town, how: str) -> None:
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody()
    organization = await town.organization(applicant)
    opens = {"opens_at": AHEAD.isoformat()} if how == "coming" else {}
    call = await town.call(organizer, published=how != "draft", **opens)
    if how in {"closed", "withdrawn"}:
        action = "close" if how == "closed" else "withdraw"
        await town.moved(organizer, "/api/calls", call, action, "Le budget manque.")
    body = {"organization": organization["id"]}
    answer = await town.ask(applicant, "POST", f"/api/calls/{call['id']}/applications", json=body)
    if how in {"draft", "withdrawn"}:
        assert answer.status_code == 404
    else:
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:demain:problem:call-not-open")


async def test_a_draft_of_a_withdrawn_call_is_kept_and_told_why(town: Town) -> None:
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody()
    call = await town.call(organizer)
    draft = await town.draft(applicant, call, await town.organization(applicant))
    await town.moved(organizer, "/api/calls", call, "withdraw", "Le budget manque.")
    answer = await town.move(applicant, "/api/applications", draft, "submit")
    assert (answer.status_code, answer.json()["state"]) == (409, "withdrawn")
    kept = await town.get(applicant, f"/api/applications/{draft['id']}")
    assert (kept["state"], kept["next_step"]) == ("draft", "deadline_passed")
    assert "submit" not in kept["actions"]
