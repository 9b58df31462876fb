"""A forum's sessions as an iCalendar feed (RFC 5545, RFC 7986), for people to subscribe to.

Each session is one entry for ever: its UID never changes, its SEQUENCE rises with each change, so that an update moves
the entry and a cancellation takes it away, and neither makes a second one. Times are written as people say them, with
the zone and its whole VTIMEZONE; only where a wall time comes twice in autumn, and the later one is meant, the instant
is written in UTC, for iCalendar takes such a time for the earlier one.

CPU work: call it in the pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from services.events import wall_time
from services.events.statements import is_off, session_url, url_of

_EVERY = timedelta(hours=1)
"""How often those who subscribed may ask again."""
_STEP = timedelta(hours=12)
"""Nowhere do clocks change twice within it."""


def calendar(forum: Any, sessions: Sequence[Any], speakers: Sequence[Sequence[str]], site_url: str) -> bytes:
    """The feed of a forum: ``sessions`` with the names of their rooms, ``speakers`` by session."""
    feed = Calendar()
    feed.add("prodid", "-//Demain//Forums//FR")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("calscale", "GREGORIAN")
    feed.add("uid", str(forum.id))
    feed.add("name", forum.title)
    feed.add("x-wr-calname", forum.title)
    feed.add("x-wr-timezone", forum.zone)
    if site_url:
        feed.add("url", site_url + url_of(forum.id, forum.title))
    feed.add("refresh-interval", _EVERY, parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", "PT1H")
    if sessions:
        first, last = min(one.begins_at for one in sessions), max(one.ends_at for one in sessions)
        feed.add_component(Timezone.from_ical(_timezone(forum.zone, first.year - 1, last.year + 2)))
    for one, names in zip(sessions, speakers, strict=True):
        feed.add_component(_entry(forum, one, names, site_url))
    return bytes(feed.to_ical())


def _entry(forum: Any, one: Any, names: Sequence[str], site_url: str) -> Event:
    entry = Event()
    entry.add("uid", str(one.id))
    entry.add("sequence", one.sequence)
    entry.add("dtstamp", one.updated_at.astimezone(UTC))
    entry.add("last-modified", one.updated_at.astimezone(UTC))
    entry.add("dtstart", _written(one.begins_at, one.zone))
    entry.add("dtend", _written(one.ends_at, one.zone))
    entry.add("summary", one.title)
    entry.add("location", ", ".join(part for part in (one.room_name, forum.venue) if part))
    entry.add("status", "CANCELLED" if is_off(one) else "CONFIRMED")
    entry.add("description", "\n\n".join(part for part in (", ".join(names), one.summary, one.text) if part))
    if site_url:
        entry.add("url", site_url + session_url(one.forum_id, one.id, one.title))
    if one.track:
        entry.add("categories", [one.track])
    return entry


def _written(at: datetime, zone: str) -> datetime:
    there = at.astimezone(wall_time.zone_of(zone))
    return at.astimezone(UTC) if there.fold else there


@lru_cache(maxsize=64)
def _timezone(zone: str, first_year: int, after_year: int) -> bytes:
    """The VTIMEZONE of a zone for some years, each change of its clocks by itself.

    Made here: what the library makes (7.3) says when clocks are put forward in the time *after* the change, where RFC
    5545 (3.6.5) wants the time before it; readers that reckon in UTC would be off for an hour each spring.
    """
    where = wall_time.zone_of(zone)
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(after_year, 1, 1, tzinfo=UTC)
    made = Timezone()
    made.add("tzid", zone)
    made.add_component(_observance(at.astimezone(where), at.astimezone(where)))
    while at < end:
        after = at + _STEP
        if _offset(at, where) != _offset(after, where):
            before, change = _change(at, after, where)
            made.add_component(_observance(before.astimezone(where), change.astimezone(where)))
        at = after
    return bytes(made.to_ical())


def _change(before: datetime, after: datetime, where: Any) -> tuple[datetime, datetime]:
    """The last second before clocks are changed, and the first after."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset(middle, where) == _offset(before, where):
            before = middle
        else:
            after = middle
    return before, after


def _offset(at: datetime, where: Any) -> tuple[timedelta | None, str | None]:
    there = at.astimezone(where)
    return there.utcoffset(), there.tzname()


def _observance(before: datetime, change: datetime) -> TimezoneStandard | TimezoneDaylight:
    observance = TimezoneDaylight() if change.dst() else TimezoneStandard()
    was, will = before.utcoffset(), change.utcoffset()
    assert was is not None and will is not None
    observance.add("dtstart", (change.astimezone(UTC) + was).replace(tzinfo=None))
    observance.add("tzoffsetfrom", was)
    observance.add("tzoffsetto", will)
    observance.add("tzname", change.tzname() or "")
    return observance
