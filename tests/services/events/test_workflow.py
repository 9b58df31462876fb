"""The lives of forums and sessions, as pure functions and over HTTP: whatever anybody asks, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.events import policy, workflow
from services.events.workflow import Action, Part, SessionAction, SessionState, State
from shared.auth.principal import Principal, Role
from shared.contracts.base import Gone, Shown
from shared.contracts.events import ForumPublished, SessionScheduled
from shared.storage.identifiers import new_id
from tests.services.events.planning import add_room, create, try_session
from tests.support.service import ServiceUnderTest

PERSON, OTHER = UUID(int=1), UUID(int=2)
roles = st.frozensets(st.sampled_from(Role)).map(lambda found: found | {Role.CITIZEN})
people = st.builds(Principal, st.sampled_from([PERSON, OTHER]), roles)
states = st.sampled_from(State)


@given(st.lists(st.tuples(people, st.sampled_from(Action)), max_size=30))
def test_no_sequence_of_asking_by_anybody_reaches_a_forbidden_state(asked: list[tuple[Principal, Action]]) -> None:
    state = State.DRAFT
    for person, action in asked:
        before, mine = state, policy.parts(person, PERSON)
        line = workflow.transition(state, action)
        if line is None or not mine & line.who:
            continue
        state = line.to
        assert person.has(Role.ORGANIZER, Role.ADMIN), "a stranger moved it"
        assert person.id == PERSON or person.has(Role.ADMIN)
        if before == State.DRAFT:
            assert (state, line.needs_text) == (State.PUBLISHED, True)
        if state != State.PUBLISHED:
            assert before == State.PUBLISHED, "only what is public is cancelled or retracted"
            assert line.needs_reason


@given(people, states)
def test_offered_actions_are_exactly_the_allowed_ones(person: Principal, state: State) -> None:
    mine = policy.parts(person, PERSON)
    offered = workflow.actions(state, mine)
    for action in Action:
        line = workflow.transition(state, action)
        assert (action in offered) == (line is not None and bool(mine & line.who))


@given(st.none() | people, states)
def test_whoever_may_change_may_read_and_a_draft_is_for_its_organizer(person: Principal | None, state: State) -> None:
    if policy.may_edit(person, state, PERSON):
        assert policy.may_read(person, state, PERSON)
        assert state != State.CANCELLED
    if not policy.parts(person, PERSON):
        assert policy.may_read(person, state, PERSON) == (state != State.DRAFT)
        assert not policy.may_see_registrations(person, PERSON)


@given(st.sampled_from(SessionState), states)
def test_sessions_are_cancelled_and_restored_while_their_forum_may_be_changed(one: SessionState, forum: State) -> None:
    assert workflow.session_actions(one, forum, frozenset()) == []
    offered = workflow.session_actions(one, forum, frozenset({Part.ORGANIZER}))
    expected = SessionAction.CANCEL if one is SessionState.SCHEDULED else SessionAction.RESTORE
    assert offered == ([] if forum is State.CANCELLED else [expected])


_LIFE = st.lists(
    st.tuples(
        st.sampled_from(["organizer", "another", "citizen", "admin"]),
        st.sampled_from(
            [*Action, "plan", "cancel session", "restore session", "edit", "register", "unregister", "swap"]
        ),
    ),
    max_size=8,
)
PRIVATE = "Ne se dit qu’entre nous"


async def _ask(
    service: ServiceUnderTest, who: dict[str, str], forum: dict[str, Any], room: str, asked: str, number: int
) -> int:
    path, any_version = f"/api/forums/{forum['id']}", {**who, "If-Match": "*"}
    listed = (await service.http.get(f"{path}/sessions", headers=who)).json().get("items", [])
    if asked in set(Action):
        body: dict[str, Any] = {"action": asked, "reason": "Il le faut."}
        return (await service.http.post(f"{path}/transitions", json=body, headers=any_version)).status_code
    match asked:
        case "plan":
            return (await try_session(service, who, forum, room, f"2090-03-25T{8 + number % 12:02}:00")).status_code
        case "edit":
            return (await service.http.patch(path, json={"venue": f"Salle {number}"}, headers=any_version)).status_code
        case "register":
            return (await service.http.post(f"{path}/registrations", headers=who)).status_code
        case "unregister":
            return (await service.http.delete(f"{path}/registrations", headers=who)).status_code
        case "swap" if len(listed) > 1:
            named = [{"id": one["id"], "version": one["version"]} for one in listed[:2]]
            body = {"one": named[0], "other": named[1]}
            return (await service.http.post(f"{path}/sessions/swap", json=body, headers=who)).status_code
        case "cancel session" | "restore session" if listed:
            return (
                await service.http.post(
                    f"{path}/sessions/{listed[0]['id']}/transitions",
                    json={"action": asked.split()[0]},
                    headers=any_version,
                )
            ).status_code
    return 200


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_LIFE)
async def test_whatever_is_asked_by_whom_nothing_private_shows(
    service: ServiceUnderTest, asked: list[tuple[str, str]]
) -> None:
    who = {
        "organizer": service.someone(Role.ORGANIZER),
        "another": service.someone(Role.ORGANIZER),
        "citizen": service.someone(Role.CITIZEN),
        "admin": service.someone(Role.ADMIN),
    }
    forum = await create(service, who["organizer"], title=f"{PRIVATE} {new_id()}", capacity=1)
    room = await add_room(service, who["organizer"], forum)
    path = f"/api/forums/{forum['id']}"
    for number, (caller, action) in enumerate(asked):
        status = await _ask(service, who[caller], forum, room, action, number)
        assert status < 500, (caller, action)
        state = (await service.http.get(path, headers=who["organizer"])).json()["state"]
        await _holds(service, forum, state, who)


_LAST_TOLD = text("""
    SELECT DISTINCT ON (topic, key) topic, type FROM outbox
    WHERE key = :id OR key IN (SELECT id::text FROM session WHERE forum_id = CAST(:id AS uuid))
    ORDER BY topic, key, ordinal DESC
""")


async def _holds(service: ServiceUnderTest, forum: dict[str, Any], state: str, who: dict[str, dict[str, str]]) -> None:
    """What must be true after whatever was done."""
    path = f"/api/forums/{forum['id']}"
    for stranger in ({}, who["citizen"], who["another"]):
        seen = [
            await service.http.get(f"{path}{below}", headers=stranger)
            for below in ("", "/sessions", "/rooms", "/transitions", "/places", "/calendar.ics", "/schedule.json")
        ]
        assert {one.status_code for one in seen} == {404 if state == State.DRAFT else 200}
        if state == State.DRAFT:
            lists = ["/api/forums?state=any&when=any&limit=100", *(["/api/registrations/mine"] if stranger else [])]
            for url in lists:
                assert forum["title"] not in (await service.http.get(url, headers=stranger)).text
        refused = await service.http.get(f"{path}/registrations", headers=stranger)
        assert refused.status_code in {401, 403, 404}
    async with service.database.transaction() as session:
        taken = await session.execute(
            text("SELECT count(*) FROM registration WHERE forum_id = :id AND state = 'registered'"), {"id": forum["id"]}
        )
        assert taken.scalar_one() <= 1
        told = (await session.execute(_LAST_TOLD, {"id": forum["id"]})).all()
    shown = {ForumPublished.TYPE, SessionScheduled.TYPE}
    assert {row.type in shown for row in told} <= {state != State.DRAFT}, "the last that was told is how it is"


def _all(kind: type[Shown | Gone]) -> Iterator[type[Shown | Gone]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _all(below)


def test_no_message_has_a_field_for_who_comes() -> None:
    ours = [one for one in _all(Shown) if getattr(one, "TYPE", "").startswith("demain.events.")]
    assert len(ours) == 2
    for one in ours:
        assert not {"capacity", "registrations", "registered", "owner"} & set(one.model_fields)
