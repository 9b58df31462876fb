"""Calendars, read back by parsers that did not write them: vobject for the entries, dateutil for VTIMEZONE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import StringIO
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
import vobject
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Timezone

from services.events import calendar as events_calendar
from services.events import wall_time
from services.events.calendar import calendar
from services.events.workflow import State
from shared.auth.principal import Role
from tests.services.events.planning import add_room, add_session, at, move, publish
from tests.support.service import ServiceUnderTest

ZONES = ("Europe/Paris", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "Asia/Kolkata")
_ID = UUID(int=7)
FORUM = SimpleNamespace(id=_ID, title="Forum", zone="Europe/Paris", venue="Halle", starts_on=date(2027, 1, 1))


def _session(begins_at: datetime, minutes: int, zone: str, **more: Any) -> Any:
    fields: dict[str, Any] = {
        "id": _ID, "forum_id": _ID, "forum_state": State.PUBLISHED, "cancelled": False, "sequence": 3,
        "title": "Séance",
        "summary": "", "text": "", "track": None, "room_name": "Grande salle", "zone": zone,
        "begins_at": begins_at, "ends_at": begins_at + timedelta(minutes=minutes), "updated_at": begins_at,
    }  # fmt: skip
    return SimpleNamespace(**fields | more)


@dataclass(frozen=True)
class Entry:
    """An entry as a reader sees it."""

    uid: str
    sequence: int
    status: str
    location: str
    begins_at: datetime
    ends_at: datetime


def _read(content: str) -> list[Entry]:
    """The entries. What a zone means is read from the VTIMEZONE alone, under a name nobody knows."""
    text = re.sub(r"TZID([:=])[A-Za-z_/]+", r"TZID\1Unheard-of", content)
    zones = tzical(StringIO(text))
    feed = vobject.readOne(text, transform=False)

    def instant(line: Any) -> datetime:
        if line.value.endswith("Z"):
            return datetime.strptime(line.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return datetime.strptime(line.value, "%Y%m%dT%H%M%S").replace(tzinfo=zones.get(line.params["TZID"][0]))

    return [
        Entry(
            one.uid.value,
            int(one.sequence.value),
            one.status.value,
            one.location.value.replace("\\,", ","),
            instant(one.dtstart),
            instant(one.dtend),
        )
        for one in getattr(feed, "vevent_list", [])
    ]


@cache
def _changes(zone: str, year: int) -> list[datetime]:
    """The instants at which clocks are changed."""
    where = ZoneInfo(zone)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=30) * number for number in range(2 * 24 * 366)]
    offsets = [hour.astimezone(where).utcoffset() for hour in hours]
    return [hour for hour, one, before in zip(hours[1:], offsets[1:], offsets, strict=False) if one != before]


_NEAR_CHANGES = st.sampled_from(ZONES).flatmap(
    lambda zone: st.tuples(
        st.just(zone),
        st.sampled_from(_changes(zone, 2027) or [datetime(2027, 3, 28, 1, tzinfo=UTC)]),
        st.integers(-36 * 60, 36 * 60),
        st.integers(1, 3 * 24 * 60),
    )
)


def _back(content: bytes) -> tuple[datetime, datetime]:
    (entry,) = _read(content.decode())
    return entry.begins_at.astimezone(UTC), entry.ends_at.astimezone(UTC)


@given(_NEAR_CHANGES)
def test_it_reads_back_to_the_same_instants_around_both_changes(case: tuple[str, datetime, int, int]) -> None:
    zone, change, off, minutes = case
    one = _session(change + timedelta(minutes=off), minutes, zone)
    forum = SimpleNamespace(**vars(FORUM) | {"zone": zone})
    assert _back(calendar(forum, [one], [[]], "")) == (one.begins_at, one.ends_at)


def test_another_zone_under_its_name_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it is the VTIMEZONE that is read, not the name."""
    right = events_calendar._timezone

    def of_lisbon(zone: str, first: int, after: int) -> bytes:
        return right("Europe/Lisbon", first, after).replace(b"Europe/Lisbon", zone.encode())

    monkeypatch.setattr(events_calendar, "_timezone", of_lisbon)
    one = _session(datetime(2027, 7, 1, 10, tzinfo=UTC), 30, "Europe/Paris")
    assert _back(calendar(FORUM, [one], [[]], ""))[0] == one.begins_at + timedelta(hours=1)


def _onsets(content: bytes) -> list[datetime]:
    """When each observance begins, in UTC, by RFC 5545 3.6.5: its DTSTART is in the time *before* the change."""
    zone = vobject.readOne(f"BEGIN:VCALENDAR\n{content.decode()}END:VCALENDAR\n", transform=False).vtimezone

    def onset(part: Any) -> datetime:
        sign, hours, minutes = re.fullmatch(r"([+-])(\d\d)(\d\d)", part.tzoffsetfrom.value).groups()  # type: ignore[union-attr]
        before = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        return datetime.strptime(part.dtstart.value, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) - before

    parts = [*zone.contents.get("standard", []), *zone.contents.get("daylight", [])]
    return sorted(onset(part) for part in parts)


@pytest.mark.parametrize("zone", ZONES)
def test_clocks_are_changed_at_the_very_instant(zone: str) -> None:
    assert _onsets(events_calendar._timezone(zone, 2027, 2028))[1:] == _changes(zone, 2027)


def test_the_library_s_own_zone_is_an_hour_late_in_spring() -> None:
    """Why we make our own: a reader that reckons onsets in UTC would be an hour off."""
    made = bytes(Timezone.from_tzid("Europe/Paris", first_date=date(2027, 1, 1), last_date=date(2028, 1, 1)).to_ical())
    spring, _ = _changes("Europe/Paris", 2027)
    assert spring not in _onsets(made)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)))
def test_wall_times_and_instants_say_the_same(zone: str, instant: datetime) -> None:
    instant = instant.replace(second=0, microsecond=0)
    assert wall_time.instant(*wall_time.wall(instant, zone), zone) == instant


@pytest.mark.parametrize(
    ("zone", "skipped"), [("Europe/Paris", "2027-03-28T02:30"), ("America/New_York", "2027-03-14T02:00")]
)
def test_a_time_the_clocks_skip_is_none(zone: str, skipped: str) -> None:
    with pytest.raises(wall_time.NoSuchTime):
        wall_time.said(datetime.fromisoformat(skipped), zone)


def test_a_time_that_comes_twice_is_the_first_unless_its_offset_says_otherwise() -> None:
    def instant(said: str) -> datetime:
        return wall_time.instant(*wall_time.said(datetime.fromisoformat(said), "Europe/Paris"), "Europe/Paris")

    assert instant("2027-10-31T02:30") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert instant("2027-10-31T02:30+02:00") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert instant("2027-10-31T02:30+01:00") == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


async def _feed(service: ServiceUnderTest, forum: dict[str, Any]) -> httpx.Response:
    answer = await service.http.get(f"/api/forums/{forum['id']}/calendar.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    return answer


async def _entries(service: ServiceUnderTest, forum: dict[str, Any]) -> dict[str, tuple[int, str, str, str]]:
    """UID → sequence, status, when, where."""
    return {
        one.uid: (one.sequence, one.status, one.begins_at.isoformat(), one.location)
        for one in _read((await _feed(service, forum)).text)
    }


async def test_an_update_moves_and_a_cancellation_removes_the_same_entry(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who, venue="Halle")
    room = await add_room(service, who, forum)
    session = await add_session(service, who, forum, room, "2090-03-25T10:00")
    path = f"/api/forums/{forum['id']}/sessions/{session['id']}"
    uid = session["id"]
    place = "Grande salle, Halle"
    assert await _entries(service, forum) == {uid: (0, "CONFIRMED", "2090-03-25T10:00:00+01:00", place)}
    changed = await service.http.patch(path, json={"starts_at": "2090-03-26T10:00"}, headers=at(who, session))
    assert await _entries(service, forum) == {uid: (1, "CONFIRMED", "2090-03-26T10:00:00+02:00", place)}
    off = await service.http.post(f"{path}/transitions", json={"action": "cancel"}, headers=at(who, changed.json()))
    assert await _entries(service, forum) == {uid: (2, "CANCELLED", "2090-03-26T10:00:00+02:00", place)}
    await service.http.post(f"{path}/transitions", json={"action": "restore"}, headers=at(who, off.json()))
    assert (await _entries(service, forum))[uid][:2] == (3, "CONFIRMED")
    assert (await move(service, who, forum, "cancel", "Grève.")).status_code == 200
    assert (await _entries(service, forum))[uid][:2] == (4, "CANCELLED"), "no session of a cancelled forum is held"


async def test_what_an_entry_shows_raises_its_sequence_wherever_it_is_changed(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who, venue="Halle")
    room = await add_room(service, who, forum)
    await add_session(service, who, forum, room, "2090-03-25T10:00")
    renamed = {"headers": {**who, "If-Match": "*"}, "json": {"name": "Agora"}}
    assert (await service.http.patch(f"/api/forums/{forum['id']}/rooms/{room}", **renamed)).status_code == 200
    assert [*(await _entries(service, forum)).values()] == [
        (1, "CONFIRMED", "2090-03-25T10:00:00+01:00", "Agora, Halle")
    ]
    elsewhere = {"venue": "Gare", "zone": "Europe/Lisbon"}
    await service.http.patch(f"/api/forums/{forum['id']}", json=elsewhere, headers={**who, "If-Match": "*"})
    assert [*(await _entries(service, forum)).values()] == [
        (2, "CONFIRMED", "2090-03-25T10:00:00+00:00", "Agora, Gare")
    ]


async def test_the_feed_is_asked_for_again_only_when_it_changed(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    room = await add_room(service, who, forum)
    path = f"/api/forums/{forum['id']}/calendar.ics"
    tag = (await _feed(service, forum)).headers["etag"]
    assert (await service.http.get(path, headers={"If-None-Match": tag})).status_code == 304
    await add_session(service, who, forum, room, "2090-03-25T10:00")
    assert (await service.http.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_the_feed_says_what_it_is(service: ServiceUnderTest) -> None:
    forum = await publish(service)
    feed = vobject.readOne((await _feed(service, forum)).text)
    assert (feed.method.value, feed.version.value) == ("PUBLISH", "2.0")
    assert feed.name == "VCALENDAR"
