"""Sessions: placed, moved, swapped, and what they clash with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.clients.events import (
    Forum,
    ScheduleWarning,
    ScheduleWarnings,
    Session,
    SessionPage,
    Speaker,
    Swap,
)
from tests.services.web.neighbours.events.forums import EDITABLE, Forums
from tests.services.web.neighbours.events.planned import Planned
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account


class Sessions(Forums):
    """Sessions: placed, moved, swapped, and what they clash with."""

    def _session_seen(self, one: Session, forum: Forum, account: Account | None) -> Session:
        actions = []
        if self._is_part(forum, account) and forum.state in EDITABLE:
            actions = ["edit", "restore" if one.state == "cancelled" else "cancel"]
        state = "cancelled" if forum.state == "cancelled" else one.state
        return one.model_copy(update={"actions": actions, "state": state})

    async def sessions(
        self,
        id: str,
        *,
        token: str | None = None,
        day: date | None = None,
        room: str | None = None,
        track: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> SessionPage:
        self.world.asked("events", "sessions")
        forum, account = self._forum(id, token)
        found = sorted(self.planned.sessions.get(id, {}).values(), key=lambda one: (one.begins_at, one.id))
        start = int(cursor or 0)
        items = [self._session_seen(one, forum, account) for one in found[start : start + limit]]
        return SessionPage(items=list(items), next=str(start + limit) if start + limit < len(found) else None)

    async def session(self, id: str, session: str, *, token: str | None = None) -> Session:
        self.world.asked("events", "session")
        forum, account = self._forum(id, token)
        found = self.planned.sessions.get(id, {}).get(session)
        if found is None:
            raise problem(404)
        return self._session_seen(found, forum, account)

    def _placed(self, forum: Forum, one: Session) -> Session:
        taken = self.planned.conflicts(one, self.planned.sessions.get(forum.id, {}).values())
        if taken and one.state == "scheduled":
            raise problem(409, "room-taken", conflicts=taken)
        self.planned.sessions.setdefault(forum.id, {})[one.id] = one
        return one

    def _made(self, forum: Forum, fields: dict[str, Any], before: Session | None = None) -> Session:
        names = {one.id: one for one in self.planned.rooms.get(forum.id, [])}
        fields = dict(fields)
        at = datetime.fromisoformat(str(fields.pop("starts_at")))
        zone = ZoneInfo(forum.zone)
        if at.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
            raise problem(422, "invalid", ("starts_at", "does not exist"))
        room = names[str(fields.pop("room"))]
        people = {one.id: one.name for one in self.world.accounts.values()}
        speakers = [
            Speaker(person=one["person"], name=people.get(one["person"] or "", one["name"]))
            for one in fields.pop("speakers")
        ]
        scratch = Planned()
        made = scratch.session(
            forum, room, str(fields.pop("title")), at, int(fields.pop("minutes")), speakers=speakers, **fields
        )
        if before is not None:
            kept = {name: getattr(before, name) for name in ("id", "guid", "state")}
            made = made.model_copy(
                update={**kept, "url": made.url.replace(made.id, before.id), "version": before.version + 1}
            )
        return made

    async def add_session(self, id: str, fields: dict[str, object], *, token: str, key: str | None = None) -> Session:
        self.world.asked("events", "add_session")
        forum, account = self._forum(id, token, to_change=True)
        if key in self.planned.keys:
            return self._session_seen(self.planned.sessions[id][self.planned.keys[key or ""]], forum, account)
        made = self._placed(forum, self._made(forum, fields))
        self.planned.keys[key or made.id] = made.id
        return self._warned(self._session_seen(made, forum, account))

    async def edit_session(
        self, id: str, session: str, version: int, changes: dict[str, object], *, token: str
    ) -> Session:
        self.world.asked("events", "edit_session")
        forum, account = self._forum(id, token, to_change=True)
        before = self.planned.sessions[id][session]
        if before.version != version:
            raise problem(412)
        fields = {"starts_at": before.starts_at.replace(tzinfo=None).isoformat(), **changes}
        return self._warned(self._session_seen(self._placed(forum, self._made(forum, fields, before)), forum, account))

    async def move_session(
        self, id: str, session: str, version: int, action: str, *, token: str, reason: str | None = None
    ) -> Session:
        self.world.asked("events", "move_session")
        forum, account = self._forum(id, token, to_change=True)
        before = self.planned.sessions[id][session]
        if before.version != version:
            raise problem(412)
        if action not in self._session_seen(before, forum, account).actions:
            raise problem(409)
        off = action == "cancel"
        update = {
            "state": "cancelled" if off else "scheduled",
            "cancellation_reason": reason if off else None,
            "cancelled_at": datetime.now(UTC) if off else None,
            "version": version + 1,
        }
        return self._session_seen(self._placed(forum, before.model_copy(update=update)), forum, account)

    async def swap(self, id: str, one: tuple[str, int], other: tuple[str, int], *, token: str) -> Swap:
        self.world.asked("events", "swap")
        forum, account = self._forum(id, token, to_change=True)
        known = self.planned.sessions[id]
        first, second = known[one[0]], known[other[0]]
        if (first.version, second.version) != (one[1], other[1]):
            raise problem(412)

        def taking(mine: Session, place: Session) -> Session:
            update = {name: getattr(place, name) for name in ("room", "room_name", "starts_at", "begins_at", "day")}
            ends = place.begins_at + timedelta(minutes=mine.minutes)
            return mine.model_copy(update={**update, "ends_at": ends, "version": mine.version + 1})

        moved = (taking(first, second), taking(second, first))
        others = [each for each in known.values() if each.id not in (first.id, second.id)]
        taken = [pair for each in moved for pair in self.planned.conflicts(each, [*others, *moved])]
        if taken:
            raise problem(409, "room-taken", conflicts=taken)
        known |= {each.id: each for each in moved}
        seen = [self._session_seen(each, forum, account) for each in moved]
        return Swap(one=seen[0], other=seen[1])

    def _twice(self, id: str) -> list[ScheduleWarning]:
        known = [one for one in self.planned.sessions.get(id, {}).values() if one.state == "scheduled"]
        return [
            ScheduleWarning(
                kind="speaker-twice", speaker=who, sessions=[one.id, other.id], titles=[one.title, other.title]
            )
            for place, one in enumerate(known)
            for other in known[place + 1 :]
            for who in one.speakers
            if who in other.speakers and one.begins_at < other.ends_at and other.begins_at < one.ends_at
        ]

    def _warned(self, one: Session) -> Session:
        return one.model_copy(update={"warnings": [each for each in self._twice(one.forum) if one.id in each.sessions]})

    async def warnings(self, id: str, *, token: str) -> ScheduleWarnings:
        self.world.asked("events", "warnings")
        self._forum(id, token)
        return ScheduleWarnings(items=self._twice(id))
