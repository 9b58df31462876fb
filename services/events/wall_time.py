"""Wall-clock times and the instants they mean, in an IANA zone. Pure.

A time is kept as people say it (wall time and zone); the instant is derived. Twice a year the two part: one hour does
not exist in spring, one comes twice in autumn; ``fold`` (PEP 495) says which of the two is meant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


class NoSuchTime(ValueError):
    """A wall time that the clocks of its zone skip."""


@cache
def zones() -> frozenset[str]:
    """The names of all IANA zones known here."""
    return frozenset(available_timezones()) - _NO_PLACES


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name. Raises ValueError for a name that is none."""
    if name not in zones():
        raise ValueError(f"{name!r} is no IANA time zone; write one such as Europe/Paris")
    return ZoneInfo(name)


def instant(wall: datetime, fold: int, zone: str) -> datetime:
    """The instant, in UTC, of a wall time. Raises NoSuchTime for one the clocks skip."""
    there = wall.replace(tzinfo=zone_of(zone), fold=fold)
    found = there.astimezone(UTC)
    if found.astimezone(zone_of(zone)).replace(tzinfo=None) != wall:
        raise NoSuchTime(f"{wall:%Y-%m-%d %H:%M} does not exist in {zone}: the clocks are put forward over it")
    return found


def wall(at: datetime, zone: str) -> tuple[datetime, int]:
    """The wall time of an instant, and which of two it is when the time comes twice."""
    there = at.astimezone(zone_of(zone))
    return there.replace(tzinfo=None, fold=0), there.fold


def said(at: datetime, zone: str) -> tuple[datetime, int]:
    """What was said, as wall time: without an offset it is one; with an offset, an instant.

    Raises NoSuchTime.
    """
    if at.tzinfo is not None:
        return wall(at, zone)
    instant(at, at.fold, zone)
    return at.replace(fold=0), at.fold


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a day begins: where clocks are put forward at midnight, the first there is."""
    start = datetime.combine(day, time())
    for minutes in range(0, 24 * 60, 15):
        try:
            return instant(start + timedelta(minutes=minutes), 0, zone)
        except NoSuchTime:
            continue
    # A day a zone left out altogether (Samoa, 30 December 2011) begins with the next.
    return midnight(day + timedelta(days=1), zone)


def day_after(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def minutes(count: int) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)
