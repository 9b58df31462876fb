"""What the events service knows, and how a test fills it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from shared.clients.base import PersonRef
from shared.clients.events import (
    Forum,
    Room,
    Session,
)
from tests.services.web.neighbours.words import markdown, plain
from tests.services.web.neighbours.world import Account


@dataclass
class Registered:
    person: PersonRef
    state: str
    at: datetime
    promoted_at: datetime | None = None


@dataclass
class Planned:
    """What the events service knows."""

    forums: dict[str, Forum] = field(default_factory=dict)
    rooms: dict[str, list[Room]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Session]] = field(default_factory=dict)
    registered: dict[str, list[Registered]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    imported: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    """What an import is refused for: JSON pointer and message."""

    def forum(self, owner: Account, title: str, **fields: Any) -> Forum:
        """A forum in any state."""
        id, at = str(uuid4()), datetime.now(UTC)
        first = fields.pop("starts_on", at.date() + timedelta(days=30))
        last = fields.pop("ends_on", first)
        draft = {
            "state": "draft",
            "language": "fr",
            "summary": "",
            "description": "",
            "venue": "",
            "link": None,
            "zone": "Europe/Paris",
            "themes": [],
            "territories": [],
            "tracks": [],
            "capacity": None,
            "acronym": None,
            **fields,
        }
        made = Forum(
            id=id,
            version=1,
            title=title,
            starts_on=first,
            ends_on=last,
            begins_at=at,
            ends_at=at,
            description_html="",
            url="",
            updated_at=at,
            created_at=at,
            published_at=at if draft["state"] != "draft" else None,
            cancelled_at=at if draft["state"] == "cancelled" else None,
            cancellation_reason=None,
            owner=PersonRef(id=owner.id, name=owner.name),
            actions=[],
            **draft,
        )
        return self.keep(made)

    def keep(self, forum: Forum) -> Forum:
        zone = ZoneInfo(forum.zone)
        slug = re.sub("[^a-z0-9]+", "-", plain(forum.title)).strip("-") or "forum"
        made = forum.model_copy(
            update={
                "begins_at": datetime.combine(forum.starts_on, time(), zone),
                "ends_at": datetime.combine(forum.ends_on + timedelta(days=1), time(), zone),
                "description_html": markdown(forum.description),
                "url": f"/forums/{forum.id}/{slug}",
                "updated_at": datetime.now(UTC),
            }
        )
        self.forums[made.id] = made
        return made

    def room(self, forum: Forum, name: str, capacity: int | None = None) -> Room:
        made = Room(id=str(uuid4()), version=1, name=name, capacity=capacity)
        self.rooms.setdefault(forum.id, []).append(made)
        return made

    def session(self, forum: Forum, room: Room, title: str, at: datetime, minutes: int = 60, **fields: Any) -> Session:
        """A session at a wall time; who has the room already is not asked."""
        id = str(uuid4())
        said: dict[str, Any] = {
            "state": "scheduled",
            "summary": "",
            "description": "",
            "language": "fr",
            "format": "",
            "track": None,
            "speakers": [],
            "cancelled_at": None,
            "cancellation_reason": None,
            **fields,
        }
        begins = at.replace(tzinfo=ZoneInfo(forum.zone))
        slug = re.sub("[^a-z0-9]+", "-", plain(title)).strip("-") or "session"
        made = Session(
            id=id,
            version=1,
            title=title,
            room=room.id,
            room_name=room.name,
            starts_at=begins,
            minutes=minutes,
            begins_at=begins.astimezone(UTC),
            ends_at=begins.astimezone(UTC) + timedelta(minutes=minutes),
            day=at.date(),
            url=f"/forums/{forum.id}/sessions/{id}/{slug}",
            forum=forum.id,
            guid=id,
            description_html=markdown(said["description"]),
            zone=forum.zone,
            sequence=0,
            updated_at=datetime.now(UTC),
            actions=[],
            **said,
        )
        self.sessions.setdefault(forum.id, {})[id] = made
        return made

    def conflicts(self, one: Session, among: Iterable[Session]) -> list[dict[str, Any]]:
        return [
            {
                "room": {"id": one.room, "name": one.room_name},
                "sessions": [
                    {
                        "id": each.id,
                        "guid": each.guid,
                        "title": each.title,
                        "begins_at": each.begins_at.isoformat(),
                        "ends_at": each.ends_at.isoformat(),
                    }
                    for each in sorted((one, other), key=lambda each: each.begins_at)
                ],
            }
            for other in among
            if other.id != one.id
            and other.state == "scheduled"
            and other.room == one.room
            and other.begins_at < one.ends_at
            and one.begins_at < other.ends_at
        ]
