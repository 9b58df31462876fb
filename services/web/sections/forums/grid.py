"""A day's schedule as a grid: rooms are columns, rows begin wherever a session begins or ends. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from shared.clients.events import SessionSummary

TALLEST = 8
"""Quarters of an hour a row may be as high as; longer silences are not shown longer."""


@dataclass(frozen=True)
class Cell:
    """Part of a column: a session, or nothing."""

    session: SessionSummary | None = None
    rows: int = 1


@dataclass(frozen=True)
class Row:
    """What is on at one time. A room whose session goes on has no cell."""

    begins_at: datetime
    quarters: int
    """How high it is, in quarters of an hour."""
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Grid:
    """One day."""

    rooms: Sequence[str]
    rows: Sequence[Row]
    beside: Sequence[SessionSummary] = field(default_factory=tuple)
    """Sessions for which there is no room in the grid: cancelled ones whose place another took."""


def by_day(sessions: Sequence[SessionSummary]) -> Mapping[date, Sequence[SessionSummary]]:
    """Sessions by the day on which they begin, in order."""
    days: dict[date, list[SessionSummary]] = defaultdict(list)
    for one in sessions:
        days[one.day].append(one)
    return {day: days[day] for day in sorted(days)}


def grid(sessions: Sequence[SessionSummary], order: Sequence[str]) -> Grid:
    """Lay the sessions of a day out; ``order`` is that of the rooms (ids)."""
    columns: dict[str, list[SessionSummary]] = {}
    beside: list[SessionSummary] = []
    for one in sorted(sessions, key=lambda one: (one.state == "cancelled", one.begins_at, one.id)):
        column = columns.setdefault(one.room, [])
        taken = any(one.begins_at < other.ends_at and other.begins_at < one.ends_at for other in column)
        (beside if taken else column).append(one)
    place = {room: at for at, room in enumerate(order)}
    rooms = sorted(columns, key=lambda room: (place.get(room, len(place)), room))
    placed = [one for column in columns.values() for one in column]
    times = sorted({moment for one in placed for moment in (one.begins_at, one.ends_at)})
    names = {one.room: one.room_name for one in placed}
    beginning = {(one.room, one.begins_at): one for one in placed}
    rows = [
        Row(at, _quarters(until - at), [cell for room in rooms for cell in _cells(columns[room], beginning, times, at)])
        for at, until in pairwise(times)
    ]
    return Grid([names[room] for room in rooms], rows, sorted(beside, key=lambda one: (one.begins_at, one.id)))


def _cells(
    column: Sequence[SessionSummary],
    beginning: Mapping[tuple[str, datetime], SessionSummary],
    times: Sequence[datetime],
    at: datetime,
) -> Sequence[Cell]:
    """The cell of a room that begins at a time; none while a session goes on."""
    session = beginning.get((column[0].room, at))
    if session is not None:
        return [Cell(session, sum(session.begins_at <= time < session.ends_at for time in times))]
    goes_on = any(one.begins_at < at < one.ends_at for one in column)
    return [] if goes_on else [Cell()]


def _quarters(length: timedelta) -> int:
    return max(1, min(TALLEST, round(length / timedelta(minutes=15))))
