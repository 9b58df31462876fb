"""A forum's schedule in the CCC's format (schedule.json, c3voc.de/schedule/schema), as frab and pretalx write it. Pure.

Guids are stable: that of a session is its own, and goes in and out unchanged. Two members are ours, which readers of
the format pass over: ``conference.guid``, by which what was exported is imported again to the same forum, and the
``guid`` of a person known here. Cancelled sessions are left out, as the format has no word for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from services.events import wall_time
from services.events.schemas.sessions import SpeakerOut
from services.events.statements import is_off, session_url, url_of
from shared.rendering import slug

VERSION = "1"
DAY_CHANGES_AT = time(5)
"""What begins after midnight still belongs to the day before."""
DAY = timedelta(days=1)


def acronym_of(title: str) -> str:
    """The acronym of a forum that has none of its own."""
    return slug(title, otherwise="forum")[:60].strip("-")


def written(
    forum: Any, rooms: Sequence[Any], sessions: Sequence[Any], speakers: Sequence[Sequence[SpeakerOut]], site_url: str
) -> dict[str, Any]:
    """The document: ``sessions`` in the order in which they begin, with the names of their rooms."""
    held = [(one, names) for one, names in zip(sessions, speakers, strict=True) if not is_off(one)]
    by_day: dict[date, dict[str, list[dict[str, Any]]]] = {}
    for number in range((forum.ends_on - forum.starts_on).days + 1):
        by_day[forum.starts_on + number * DAY] = {room.name: [] for room in rooms}
    for one, names in held:
        rooms_then = by_day.setdefault(_day(one.begins_at, one.zone), {room.name: [] for room in rooms})
        rooms_then[one.room_name].append(_event(one, names, site_url))
    days = [
        {
            "index": index,
            "date": day.isoformat(),
            "day_start": _turn(day, forum.zone),
            "day_end": _turn(day + DAY, forum.zone),
            "rooms": by_day[day],
        }
        for index, day in enumerate(sorted(by_day), start=1)
    ]
    return {
        "schedule": {
            "version": VERSION,
            "base_url": site_url,
            "url": site_url + f"/api/forums/{forum.id}/schedule.json",
            "conference": {
                "acronym": forum.acronym or acronym_of(forum.title),
                "guid": str(forum.id),
                "title": forum.title,
                "start": forum.starts_on.isoformat(),
                "end": forum.ends_on.isoformat(),
                "daysCount": len(days),
                "timeslot_duration": "00:05",
                "time_zone_name": forum.zone,
                "url": site_url + url_of(forum.id, forum.title),
                "tracks": [{"name": track} for track in forum.tracks],
                "rooms": [{"name": room.name, "guid": str(room.id), "capacity": room.capacity} for room in rooms],
                "days": days,
            },
        }
    }


def _day(at: datetime, zone: str) -> date:
    there = at.astimezone(wall_time.zone_of(zone))
    return there.date() if there.time() >= DAY_CHANGES_AT else there.date() - DAY


def _turn(day: date, zone: str) -> str:
    return datetime.combine(day, DAY_CHANGES_AT, wall_time.zone_of(zone)).isoformat()


def _event(one: Any, speakers: Sequence[SpeakerOut], site_url: str) -> dict[str, Any]:
    starts_at = one.begins_at.astimezone(wall_time.zone_of(one.zone))
    return {
        "guid": str(one.guid),
        "id": _number(str(one.guid)),
        "url": site_url + session_url(one.forum_id, one.id, one.title),
        "logo": None,
        "date": starts_at.isoformat(),
        "start": f"{starts_at:%H:%M}",
        "duration": _duration(one.minutes),
        "room": one.room_name,
        "slug": slug(one.title, otherwise="session"),
        "title": one.title,
        "subtitle": "",
        "track": one.track,
        "type": one.format,
        "language": one.language,
        "abstract": one.summary,
        "description": one.description,
        "recording_license": "",
        "do_not_record": False,
        "persons": [_person(one) for one in speakers],
        "links": [],
        "attachments": [],
    }


def _person(speaker: SpeakerOut) -> dict[str, Any]:
    known = str(speaker.person) if speaker.person else None
    person = {"id": _number(known or speaker.name), "name": speaker.name, "public_name": speaker.name}
    return person | {"guid": known} if known else person


def _duration(minutes: int) -> str:
    """``HH:MM``, or ``D:HH:MM`` for what takes a day or more."""
    days, rest = divmod(minutes, 24 * 60)
    return (f"{days}:" if days else "") + f"{rest // 60:02}:{rest % 60:02}"


def _number(name: str) -> int:
    """The format wants a number beside a guid: the same one for the same name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1
