"""Reading a schedule in the CCC's format, as frab and pretalx write it. Pure; CPU work: call it in the pool.

A document is read whole or refused whole: each fault is named by its place, a JSON Pointer (RFC 6901). What the format
has and a forum has not (licences, links, attachments, logos) is passed over; a subtitle becomes the abstract's first
paragraph. When a session takes place is its ``date``, an instant; on which day it is filed does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.events.commands.forums import LONGEST_FORUM
from services.events.schemas.fields import (
    LONGEST_SESSION,
    Abstract,
    Acronym,
    Address,
    Body,
    Capacity,
    Line,
    Name,
    SpokenLanguage,
    Title,
    Zone,
)
from services.events.schemas.forums import FirstDay
from services.events.schemas.sessions import FIRST, LAST
from shared.rendering import Rendered, render

MOST_FAULTS = 50
"""Named in an answer."""
MOST_SESSIONS = 2_000
_DURATION = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (Abstract, Acronym, Address, Body, Capacity, FirstDay, Line, Name, SpokenLanguage, Title, Zone)
}


class ScheduleRefused(Exception):
    """A document that is no schedule; each fault is (JSON Pointer, what is wrong and how to mend it)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{where or '/'}: {what}" for where, what in faults))
        self.faults = faults


@dataclass(frozen=True)
class ReadSpeaker:
    """Who speaks, as the document names them; ``person`` is their guid there."""

    name: str
    person: UUID | None


@dataclass(frozen=True)
class ReadSession:
    """A session, as the document plans it."""

    guid: UUID
    at: str
    """Its place in the document."""
    title: str
    room: str
    begins_at: datetime
    minutes: int
    language: str | None
    format: str
    track: str | None
    summary: str
    description: str
    rendered: Rendered
    speakers: tuple[ReadSpeaker, ...]


@dataclass(frozen=True)
class ReadSchedule:
    """A document, read."""

    acronym: str
    guid: UUID | None
    title: str
    zone: str
    starts_on: date
    ends_on: date
    link: str | None
    tracks: tuple[str, ...] | None
    """None when the document does not list them."""
    rooms: Mapping[str, int | None]
    """Capacity by name, in their order."""
    sessions: tuple[ReadSession, ...]


@dataclass(frozen=True)
class _Place:
    """A value in the document, and where it is."""

    value: Any
    pointer: str
    faults: list[tuple[str, str]] = field(repr=False)

    def fault(self, what: str) -> None:
        self.faults.append((self.pointer, what))

    def at(self, key: str | int) -> _Place:
        """What is below; None where nothing is."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        below = self.value.get(key) if isinstance(key, str) else self.value[key]
        return _Place(below, f"{self.pointer}/{escaped}", self.faults)

    def is_object(self) -> bool:
        """Whether there is an object; it is a fault if not."""
        if not isinstance(self.value, dict):
            self.fault(f"must be an object, and is {_named(self.value)}")
        return isinstance(self.value, dict)

    def items(self) -> Iterator[_Place]:
        """The items of an array; a fault where there is none."""
        if not isinstance(self.value, list):
            self.fault(f"must be an array, and is {_named(self.value)}")
            return
        for index in range(len(self.value)):
            yield self.at(index)

    def members(self) -> Iterator[tuple[str, _Place]]:
        """The members of an object; a fault where there is none."""
        if self.is_object():
            for key in self.value:
                yield key, self.at(key)

    def read(self, kind: Any) -> Any:
        """The value as ``kind``; None, and a fault, when it is none."""
        try:
            return _ADAPTERS[kind].validate_python(self.value)
        except ValidationError as error:
            message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            self.fault(f"{message[:1].lower()}{message[1:]}" if self.value is not None else "is missing")
            return None

    def text(self, kind: Any) -> str:
        """A text that may be missing."""
        return "" if self.value is None else self.read(kind) or ""

    def guid(self) -> UUID | None:
        """A UUID; None, and a fault, when it is none."""
        try:
            if not isinstance(self.value, str):
                raise ValueError
            return UUID(self.value)
        except ValueError:
            self.fault("must be a UUID, such as a0a0fcfe-b7fb-46e3-84b6-97a5406016b4; sessions are known again by it")
            return None


def read(document: Any, zone: str | None = None) -> ReadSchedule:
    """The schedule a document holds; ``zone`` is for one that names none. Raises ScheduleRefused."""
    faults: list[tuple[str, str]] = []
    found = _read(_Place(document, "", faults), zone)
    if faults or found is None:
        raise ScheduleRefused(faults[:MOST_FAULTS])
    return found


def _read(document: _Place, zone: str | None) -> ReadSchedule | None:
    if not document.is_object():
        return None
    schedule = document.at("schedule")
    if not schedule.is_object() or not (conference := schedule.at("conference")).is_object():
        return None
    named = conference.at("time_zone_name")
    found_zone = zone if named.value is None and zone else named.read(Zone)
    starts_on, ends_on = conference.at("start").read(FirstDay), conference.at("end").read(FirstDay)
    if starts_on and ends_on and not 0 <= (ends_on - starts_on).days < LONGEST_FORUM:
        conference.at("end").fault(f"must be on the first day ({starts_on}) or within {LONGEST_FORUM} days after it")
    rooms = _rooms(conference.at("rooms"))
    sessions = tuple(_sessions(conference.at("days"), rooms))
    acronym, title = conference.at("acronym").read(Acronym), conference.at("title").read(Title)
    tracks = _tracks(conference.at("tracks"))
    guid = conference.at("guid").guid() if conference.at("guid").value is not None else None
    if conference.faults:
        return None
    return ReadSchedule(
        acronym=acronym,
        guid=guid,
        title=title,
        zone=found_zone,
        starts_on=starts_on,
        ends_on=ends_on,
        link=_link(conference.at("url").value) or _link(schedule.at("base_url").value),
        tracks=tracks,
        rooms=rooms,
        sessions=sessions,
    )


def _link(value: Any) -> str | None:
    try:
        return str(_ADAPTERS[Address].validate_python(value))
    except ValidationError:
        return None


def _rooms(listed: _Place) -> dict[str, int | None]:
    rooms: dict[str, int | None] = {}
    for room in listed.items() if listed.value is not None else ():
        if room.is_object() and (name := room.at("name").read(Name)):
            capacity = room.at("capacity")
            rooms[name] = capacity.read(Capacity) if capacity.value is not None else None
    return rooms


def _tracks(listed: _Place) -> tuple[str, ...] | None:
    if listed.value is None:
        return None
    named = [track.at("name").read(Name) for track in listed.items() if track.is_object()]
    return tuple(dict.fromkeys(name for name in named if name))


def _sessions(days: _Place, rooms: dict[str, int | None]) -> Iterator[ReadSession]:
    """The sessions of all days; rooms the document does not list are added to ``rooms``."""
    seen: dict[UUID, str] = {}
    for day in days.items():
        for room_name, events in day.at("rooms").members() if day.is_object() else ():
            room = _room_name(room_name, events)
            if room is None:
                continue
            rooms.setdefault(room, None)
            for event in events.items():
                if len(seen) >= MOST_SESSIONS:
                    event.fault(f"there are more than {MOST_SESSIONS} sessions; import them as several forums")
                    return
                one = _session(event, room) if event.is_object() else None
                if one is None:
                    continue
                if one.guid in seen:
                    event.at("guid").fault(f"is that of {seen[one.guid]} too; each session has one of its own")
                seen[one.guid] = event.pointer
                yield one


def _room_name(name: str, events: _Place) -> str | None:
    found = _Place(name, events.pointer, events.faults).read(Name)
    return str(found) if found is not None else None


def _session(event: _Place, room: str) -> ReadSession | None:
    before = len(event.faults)
    guid, title = event.at("guid").guid(), event.at("title").read(Title)
    begins_at, minutes = _begins_at(event.at("date")), _minutes(event.at("duration"))
    named = event.at("room")
    if named.value is not None and named.read(Name) not in {room, None}:
        named.fault(f"is {named.value!r}, and it stands in room {room!r}")
    track = event.at("track").read(Name) if event.at("track").value else None
    subtitle, abstract = event.at("subtitle").text(Line), event.at("abstract").text(Abstract)
    summary = "\n\n".join(part for part in (subtitle, abstract) if part)
    description = event.at("description").text(Body)
    language, format_ = _language(event.at("language")), event.at("type").text(Line)
    speakers = tuple(_speakers(event.at("persons")))
    if guid is None or begins_at is None or minutes is None or len(event.faults) > before:
        return None
    return ReadSession(
        guid=guid,
        at=event.pointer,
        title=title,
        room=room,
        begins_at=begins_at,
        minutes=minutes,
        language=language,
        format=format_,
        track=track,
        summary=summary,
        description=description,
        rendered=render(description),
        speakers=speakers,
    )


def _begins_at(at: _Place) -> datetime | None:
    try:
        found = datetime.fromisoformat(at.value)
        if found.tzinfo is None or not FIRST <= found.replace(tzinfo=None) < LAST:
            raise ValueError
    except (ValueError, TypeError):
        at.fault("must be an instant with its offset, such as 2019-08-21T11:00:00+02:00")
        return None
    return found


def _minutes(at: _Place) -> int | None:
    match = _DURATION.fullmatch(at.value) if isinstance(at.value, str) else None
    minutes = 0
    if match is not None:
        minutes = (int(match[1] or 0) * 24 + int(match[2])) * 60 + int(match[3])
    if not 1 <= minutes <= LONGEST_SESSION:
        at.fault("must be a duration such as 00:45, of a minute at least and a week at most")
        return None
    return minutes


def _language(at: _Place) -> str | None:
    """Its ISO 639 code; None where it is not said."""
    if at.value is None or at.value == "":
        return None
    match = _LANGUAGE.match(at.value) if isinstance(at.value, str) else None
    if match is None:
        at.fault("must be the code of a language, such as fr or en")
        return None
    return match[0].lower()


def _speakers(persons: _Place) -> Iterator[ReadSpeaker]:
    for person in persons.items() if persons.value is not None else ():
        if not person.is_object():
            continue
        named = person.at("public_name") if person.value.get("public_name") else person.at("name")
        name = named.read(Name)
        try:
            known = UUID(person.value.get("guid"))
        except (ValueError, TypeError, AttributeError):
            known = None
        if name:
            yield ReadSpeaker(name, known)


def _named(value: Any) -> str:
    """What a JSON value is."""
    if value is None:
        return "missing"
    kinds: dict[type, str] = {bool: "a boolean", str: "a text", list: "an array", dict: "an object"}
    return kinds.get(type(value), "a number")
