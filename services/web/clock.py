"""The one clock of the site. What a page says in relation to now it reads here, and notes when it will say otherwise.

A page that is kept is shown until the first of the instants noted while it was made. An architecture test sees that
nobody else in the site reads the time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from services.web.page_cache.recording import recording


def now() -> datetime:
    """This instant, for whatever is not kept: a page made with it is not."""
    recorder = recording()
    if recorder is not None:
        recorder.refuse("time")
    return read()


def read() -> datetime:
    """This instant; the caller notes with `turns` when what it makes of it changes."""
    return datetime.now(UTC)


def turns(at: datetime) -> None:
    """What is being shown changes by itself at this instant, if it is still to come."""
    recorder = recording()
    if recorder is not None:
        recorder.turns(at)


def is_past(moment: datetime) -> bool:
    """Whether an instant has come."""
    turns(moment)
    return moment <= read()


def today(zone: tzinfo) -> date:
    """The day it is in a zone, until its midnight."""
    day = read().astimezone(zone).date()
    # Where the clocks change at midnight there may be no such hour: then its instant is the change.
    turns(datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC))
    return day
