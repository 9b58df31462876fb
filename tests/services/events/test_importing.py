"""Schedules come in whole or not at all, again without a change, and back from where they were exported."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.events import schedule_reading
from services.events.schedule_reading import ScheduleRefused
from services.events.tables import PersonName
from shared.auth.principal import Role
from shared.storage.identifiers import new_id
from tests.services.events.planning import Headers, add_room, at, create, move, publish
from tests.services.events.schedules import ROOMS, changed, document, event, guid
from tests.support.service import ServiceUnderTest

DAYS = ("schedule", "conference", "days")
FIRST = (*DAYS, 0, "rooms", ROOMS[0], 0)


async def _send(
    service: ServiceUnderTest, who: Headers, found: Any, *, apply: bool = True, **more: Any
) -> httpx.Response:
    return await service.http.post("/api/forums/import", json={"document": found, "apply": apply, **more}, headers=who)


async def _imported(service: ServiceUnderTest, who: Headers, found: Any, **more: Any) -> dict[str, Any]:
    answer = await _send(service, who, found, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _counts(done: dict[str, Any]) -> dict[str, int]:
    return {name: found if isinstance(found, int) else len(found) for name, found in done["diff"].items() if found}


async def _rows(service: ServiceUnderTest) -> list[Any]:
    async with service.database.transaction() as session:
        found = [
            (await session.execute(text(f"SELECT * FROM {table} ORDER BY id"))).all()
            for table in ("forum", "room", "session", "step")
        ]
        return [*found, (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one()]


async def test_a_file_becomes_a_draft_and_again_nothing(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    before = await _rows(service)
    tried = await _imported(service, who, document(), apply=False)
    assert (tried["applied"], tried["created"], tried["forum"]) == (False, True, None)
    assert _counts(tried) == {"new": 4, "forum": 6, "rooms": 2}
    assert await _rows(service) == before, "it was only tried"
    done = await _imported(service, who, document())
    assert (done["applied"], done["created"], done["diff"]) == (True, True, tried["diff"])
    forum = (await service.http.get(f"/api/forums/{done['forum']}", headers=who)).json()
    assert (forum["state"], forum["title"], forum["zone"], forum["link"]) == (
        "draft", "Forum 2090", "Europe/Paris", "https://fahrplan.example.org/",
    )  # fmt: skip
    listed = (await service.http.get(f"/api/forums/{done['forum']}/sessions", headers=who)).json()["items"]
    assert [(one["title"], one["starts_at"], one["room_name"], one["language"]) for one in listed] == [
        ("Séance 1", "2090-08-21T10:00:00+02:00", "Curie", "fr"),
        ("Séance 3", "2090-08-21T10:00:00+02:00", "Salle B/C", "fr"),
        ("Séance 2", "2090-08-22T00:30:00+02:00", "Curie", "de"),
        ("Séance 4", "2090-08-22T10:00:00+02:00", "Curie", "fr"),
    ]
    assert listed[1]["summary"] == "Sous-titre\n\nEn bref."
    kept = await _rows(service)
    again = await _imported(service, who, document())
    assert (again["forum"], again["created"], _counts(again)) == (done["forum"], False, {"unchanged": 4})
    assert await _rows(service) == kept


async def test_a_changed_file_yields_a_diff(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = (await _imported(service, who, document()))["forum"]
    later = changed(document(title="Forum 2090, complet"), *FIRST, "date", to="2090-08-21T12:00:00+02:00")
    later = changed(later, *DAYS, 0, "rooms", ROOMS[1], 0, "title", to="Autre titre")
    later = changed(later, *DAYS, 1, "rooms", ROOMS[0], to=[])
    later = changed(later, *DAYS, 1, "rooms", ROOMS[1], to=[event(5, "2090-08-22T11:00:00+02:00", ROOMS[1])])
    tried = await _imported(service, who, later, apply=False)
    assert _counts(tried) == {"new": 1, "moved": 1, "changed": 1, "cancelled": 1, "unchanged": 1, "forum": 1}
    diff = tried["diff"]
    assert diff["forum"] == ["title"]
    assert diff["moved"][0]["before"]["begins_at"] == "2090-08-21T08:00:00Z"
    assert diff["moved"][0]["after"]["begins_at"] == "2090-08-21T12:00:00+02:00"
    assert [(one["guid"], one["fields"]) for one in diff["changed"]] == [(guid(3), ["title"])]
    assert [(one["guid"], one["after"]) for one in diff["cancelled"]] == [(guid(4), None)]
    assert (await _imported(service, who, later))["diff"] == diff
    back = await _imported(service, who, document())
    assert back["forum"] == forum
    assert _counts(back) == {"moved": 1, "changed": 1, "cancelled": 1, "restored": 1, "unchanged": 1, "forum": 1}


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("schedule",), ..., "/schedule"),
        (("schedule", "conference"), [], "/schedule/conference"),
        (("schedule", "conference", "time_zone_name"), "Mars/Olympus", "/schedule/conference/time_zone_name"),
        (("schedule", "conference", "time_zone_name"), ..., "/schedule/conference/time_zone_name"),
        (("schedule", "conference", "end"), "2090-08-01", "/schedule/conference/end"),
        ((*DAYS, 0, "rooms"), 7, "/schedule/conference/days/0/rooms"),
        ((*DAYS, 0, "rooms", ROOMS[1], 0, "guid"), "x", "/schedule/conference/days/0/rooms/Salle B~1C/0/guid"),
        ((*DAYS, 0, "rooms", ROOMS[1], 0, "guid"), guid(1), "/schedule/conference/days/0/rooms/Salle B~1C/0/guid"),
        ((*FIRST, "date"), "2090-08-21T10:00:00", "/schedule/conference/days/0/rooms/Curie/0/date"),
        ((*FIRST, "duration"), "soon", "/schedule/conference/days/0/rooms/Curie/0/duration"),
        ((*FIRST, "duration"), "00:00", "/schedule/conference/days/0/rooms/Curie/0/duration"),
        ((*FIRST, "title"), "  ", "/schedule/conference/days/0/rooms/Curie/0/title"),
        ((*FIRST, "title"), ..., "/schedule/conference/days/0/rooms/Curie/0/title"),
        ((*FIRST, "room"), "Ailleurs", "/schedule/conference/days/0/rooms/Curie/0/room"),
        ((*FIRST, "language"), 5, "/schedule/conference/days/0/rooms/Curie/0/language"),
        ((*FIRST, "persons"), [{"id": 1}], "/schedule/conference/days/0/rooms/Curie/0/persons/0/name"),
        ((*FIRST, "abstract"), "a\x00b", "/schedule/conference/days/0/rooms/Curie/0/abstract"),
    ],
)
async def test_a_malformed_file_is_refused_whole_with_the_place(
    service: ServiceUnderTest, path: tuple[str | int, ...], value: Any, pointer: str
) -> None:
    before = await _rows(service)
    answer = await _send(service, service.someone(Role.ORGANIZER), changed(document(), *path, to=value))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [pointer]
    assert await _rows(service) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _places(found: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [path, *(place for key, one in below for place in _places(one, (*path, key)))]


PLACES = [place for place in _places(document()) if place]


@given(st.sampled_from(PLACES), JSON | st.just(...))
def test_whatever_stands_in_a_file_it_is_read_or_refused_by_place(place: tuple[str | int, ...], value: Any) -> None:
    found = changed(document(), *place, to=value)
    try:
        assert schedule_reading.read(found).sessions is not None
    except ScheduleRefused as refused:
        assert refused.faults
        for pointer, what in refused.faults:
            assert what
            _stands(found, pointer)


def _stands(found: Any, pointer: str) -> None:
    """A pointer leads to a value, or to a member that is missing from an object that is there."""
    keys = [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
    at_: Any = found
    for number, key in enumerate(keys):
        if isinstance(at_, list):
            at_ = at_[int(key)]
        elif isinstance(at_, dict) and key in at_:
            at_ = at_[key]
        else:
            assert isinstance(at_, dict) and number == len(keys) - 1, pointer


async def test_rooms_booked_twice_in_a_file_are_listed_and_nothing_is_kept(service: ServiceUnderTest) -> None:
    before = await _rows(service)
    twice = changed(document(), *DAYS, 1, "rooms", ROOMS[0], to=[event(4, "2090-08-21T10:30:00+02:00", ROOMS[0])])
    for apply in (False, True):
        answer = await _send(service, service.someone(Role.ORGANIZER), twice, apply=apply)
        assert answer.status_code == 409
        (conflict,) = answer.json()["conflicts"]
        assert [one["guid"] for one in conflict["sessions"]] == [guid(1), guid(4)]
        assert conflict["room"]["name"] == "Curie"
    assert await _rows(service) == before


async def test_two_sessions_that_swap_rooms_in_a_file_are_no_conflict(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    await _imported(service, who, document())
    swapped = changed(document(), *FIRST, to=event(3, "2090-08-21T10:00:00+02:00", ROOMS[0], subtitle="Sous-titre"))
    swapped = changed(swapped, *DAYS, 0, "rooms", ROOMS[1], 0, to=event(1, "2090-08-21T10:00:00+02:00", ROOMS[1]))
    assert _counts(await _imported(service, who, swapped)) == {"moved": 2, "unchanged": 2}


async def test_it_is_the_organizer_s_own_forum(service: ServiceUnderTest) -> None:
    one, other, citizen = (service.someone(role) for role in (Role.ORGANIZER, Role.ORGANIZER, Role.CITIZEN))
    forum = (await _imported(service, one, document()))["forum"]
    assert (await _imported(service, other, document()))["forum"] != forum, "each has a forum of that acronym"
    assert (await _send(service, citizen, document())).status_code == 403
    assert (await _send(service, other, document(), forum=forum)).status_code == 404, "it is a draft"
    exported = (await service.http.get(f"/api/forums/{forum}/schedule.json", headers=one)).json()
    published = (await service.http.get(f"/api/forums/{forum}", headers=one)).json() | {"summary": "Bref."}
    patch = {"summary": "Bref.", "venue": "Ici"}
    published = (await service.http.patch(f"/api/forums/{forum}", json=patch, headers=at(one, published))).json()
    published = (await move(service, one, published, "publish")).json()
    assert (await _send(service, other, exported)).status_code == 403
    cancelled = await move(service, one, published, "cancel", "Grève.")
    assert cancelled.status_code == 200
    assert (await _send(service, one, document())).status_code == 409


async def test_the_same_new_file_twice_at_once_makes_one_forum(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    answers = await asyncio.gather(*(_send(service, who, document()) for _ in range(4)))
    assert {one.status_code for one in answers} <= {200, 409}
    assert len({one.json()["forum"] for one in answers if one.status_code == 200}) == 1


async def test_people_known_here_stay_who_they_are(service: ServiceUnderTest) -> None:
    who, person = service.someone(Role.ORGANIZER), new_id()
    async with service.database.transaction() as session:
        session.add(PersonName(id=person, name="Inès Caron"))
    known = {"id": 1, "public_name": "I. Caron", "guid": str(person)}
    stranger = {"id": 2, "public_name": "Ada Byron", "guid": str(new_id())}
    forum = (await _imported(service, who, changed(document(), *FIRST, "persons", to=[known, stranger])))["forum"]
    listed = (await service.http.get(f"/api/forums/{forum}/sessions", headers=who)).json()["items"]
    assert listed[0]["speakers"] == [
        {"person": str(person), "name": "Inès Caron"},
        {"person": None, "name": "Ada Byron"},
    ]


_WHEN = st.tuples(st.sampled_from(["2090-03-25", "2090-03-26", "2090-10-29"]), st.integers(0, 95)).map(
    lambda when: f"{when[0]}T{when[1] // 4:02}:{when[1] % 4 * 15:02}"
)
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
_SESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "title": _TEXT.map(lambda words: f"Séance {words}"),
            "starts_at": _WHEN,
            "minutes": st.integers(1, 15) | st.just(1500),
            "language": st.sampled_from(["fr", "en", "de"]),
            "format": _TEXT,
            "summary": _TEXT,
            "description": _TEXT,
            "track": st.sampled_from([None, "Technique", "Citoyens"]),
            "speakers": st.lists(_TEXT.filter(str.strip).map(lambda name: {"name": name}), max_size=2),
        }
    ),
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_SESSIONS, st.sampled_from(["Europe/Paris", "Europe/Lisbon", "Australia/Lord_Howe"]))
async def test_what_is_exported_is_imported_again_to_the_same_forum(
    service: ServiceUnderTest, sessions: list[dict[str, Any]], zone: str
) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await create(service, who, zone=zone)
    rooms = [await add_room(service, who, forum, name) for name in ("Une/deux", "Trois~")]
    path = f"/api/forums/{forum['id']}"
    for number, one in enumerate(sessions):
        asked = {**one, "room": rooms[number % 2]}
        answer = await service.http.post(f"{path}/sessions", json=asked, headers=who)
        # A time the clocks skip, or a room that is taken: then there is one less.
        assert answer.status_code in {201, 409, 422}, answer.text
    exported = (await service.http.get(f"{path}/schedule.json", headers=who)).json()
    kept = (await service.http.get(f"{path}/sessions", headers=who)).json()["items"]
    done = await _imported(service, who, exported)
    assert (done["forum"], _counts(done)) == (forum["id"], {"unchanged": len(kept)} if kept else {})
    assert (await service.http.get(f"{path}/sessions", headers=who)).json()["items"] == kept
    assert (await service.http.get(f"{path}/schedule.json", headers=who)).json() == exported


async def test_an_export_becomes_the_same_forum_elsewhere(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    exported = (await service.http.get(f"/api/forums/{forum['id']}/schedule.json")).json()
    elsewhere = changed(exported, "schedule", "conference", "guid", to=str(new_id()))
    done = await _imported(service, who, elsewhere)
    assert (done["created"], done["forum"]) == (True, elsewhere["schedule"]["conference"]["guid"])
