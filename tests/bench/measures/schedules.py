"""A forum of 300 sessions: its pages, its calendar and its schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import uvloop

from shared.clients.events import EventsClient, Forum
from tests.bench.bench import Bench
from tests.bench.measures.pages import beside_bare
from tests.bench.table import Row
from tests.bench.writers import signed_in

ROOMS, DAYS, A_DAY = 6, 5, 10
"""Sessions: rooms by days by sessions in one room and day."""
_FIRST = datetime(2091, 6, 4, 8, tzinfo=ZoneInfo("Europe/Paris"))


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    forum = uvloop.run(_imported(bench))
    api = f"/api/forums/{forum.id}"
    for name, path in (
        ("forum with 300 sessions", forum.url),
        ("its grid of a day", f"/forums/{forum.id}/grille"),
        ("its sessions API, all 300", f"{api}/sessions?limit=300"),
        ("its calendar, 300 entries", f"{api}/calendar.ics"),
    ):
        yield from beside_bare(bench, name, path)


async def _imported(bench: Bench) -> Forum:
    token = await signed_in(bench, "organizer")
    async with EventsClient(f"http://127.0.0.1:{bench.platform.port}") as events:
        made = await events.import_schedule(_document(), token=token, apply=True)
        assert made.forum is not None
        forum = await events.read(made.forum, token=token)
        # What a schedule does not tell, and a published forum says.
        told = {"summary": "Cinq jours, six salles.", "venue": "Halle des mesures", "themes": ["energy"]}
        forum = await events.edit(forum.id, forum.version, told, token=token)
        return await events.transition(forum.id, forum.version, "publish", token=token)


def _document() -> dict[str, Any]:
    days = [_day(number) for number in range(DAYS)]
    last = _FIRST + timedelta(days=DAYS - 1)
    conference = {
        "acronym": "bench",
        "title": "Trois cents sessions",
        "start": _FIRST.date().isoformat(),
        "end": last.date().isoformat(),
        "daysCount": DAYS,
        "time_zone_name": "Europe/Paris",
        "timeslot_duration": "00:15",
        "days": days,
    }
    return {"schedule": {"version": "1", "base_url": "https://forum.example.org/", "conference": conference}}


def _day(number: int) -> dict[str, Any]:
    begin = _FIRST + timedelta(days=number)
    names = [f"Salle {one + 1}" for one in range(ROOMS)]
    return {
        "index": number + 1,
        "date": begin.date().isoformat(),
        "day_start": begin.isoformat(),
        "day_end": (begin + timedelta(hours=14)).isoformat(),
        "rooms": {
            name: [_event(number, place, slot, begin, name) for slot in range(A_DAY)]
            for place, name in enumerate(names)
        },
    }


def _event(day: int, place: int, slot: int, begin: datetime, room: str) -> dict[str, Any]:
    number = (day * ROOMS + place) * A_DAY + slot + 1
    starts = begin + timedelta(hours=slot)
    return {
        "id": number,
        "guid": str(UUID(int=0xBE << 120 | number)),
        "date": starts.isoformat(),
        "start": starts.strftime("%H:%M"),
        "duration": "00:45",
        "room": room,
        "slug": f"bench-{number}",
        "title": f"Session {number} : ce que la ville mesure",
        "subtitle": "",
        "track": "Mesures",
        "type": "lecture",
        "language": "fr",
        "abstract": "On y compte les bancs, les arbres et les fontaines.",
        "description": "",
        "persons": [{"id": number, "public_name": f"Oratrice {number}"}],
        "links": [],
    }
