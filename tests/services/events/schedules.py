"""A schedule as frab writes it, in small: two days, two rooms, a session after midnight."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

ROOMS = ("Curie", "Salle B/C")


def guid(number: int) -> str:
    """The guid of the event of that number."""
    return str(UUID(int=0xA0A0FCFE << 96 | number))


def event(number: int, date: str, room: str, duration: str = "00:45", **more: Any) -> dict[str, Any]:
    """An event as frab writes it."""
    return {
        "url": f"https://fahrplan.example.org/events/{number}.html",
        "id": number,
        "guid": guid(number),
        "logo": None,
        "date": date,
        "start": date[11:16],
        "duration": duration,
        "room": room,
        "slug": f"forum-{number}",
        "title": f"Séance {number}",
        "subtitle": "",
        "track": "Technique",
        "type": "lecture",
        "language": "fr",
        "abstract": "En bref.",
        "description": "## Plan\n\nD’abord **mesurer**.",
        "recording_license": "",
        "do_not_record": False,
        "persons": [{"id": 7, "public_name": "Ada Byron"}],
        "links": [],
        "attachments": [],
        **more,
    }


def document(**conference: Any) -> dict[str, Any]:
    """The whole document; each is a new one."""
    first, second = "2090-08-21", "2090-08-22"
    days = [
        {
            "index": 1,
            "date": first,
            "day_start": f"{first}T09:00:00+02:00",
            "day_end": f"{second}T04:00:00+02:00",
            "rooms": {
                ROOMS[0]: [
                    event(1, f"{first}T10:00:00+02:00", ROOMS[0]),
                    event(2, f"{second}T00:30:00+02:00", ROOMS[0], "01:30", track=None, language="de-formal"),
                ],
                ROOMS[1]: [event(3, f"{first}T10:00:00+02:00", ROOMS[1], subtitle="Sous-titre")],
            },
        },
        {
            "index": 2,
            "date": second,
            "day_start": f"{second}T09:00:00+02:00",
            "day_end": "2090-08-23T04:00:00+02:00",
            "rooms": {ROOMS[0]: [event(4, f"{second}T10:00:00+02:00", ROOMS[0])], ROOMS[1]: []},
        },
    ]
    return {
        "schedule": {
            "version": "Gacrux",
            "base_url": "https://fahrplan.example.org/",
            "conference": {
                "acronym": "forum2090",
                "title": "Forum 2090",
                "start": first,
                "end": second,
                "daysCount": 2,
                "time_zone_name": "Europe/Paris",
                "timeslot_duration": "00:15",
                "days": days,
                **conference,
            },
        }
    }


def changed(found: dict[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    """A copy with the value at a place replaced, or taken away by ``...``."""
    made = copy.deepcopy(found)
    *above, last = path
    at: Any = made
    for key in above:
        at = at[key]
    if to is ...:
        del at[last]
    else:
        at[last] = to
    return made
