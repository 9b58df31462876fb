"""The events service in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.events import (
    EventsClient,
    Forum,
    ForumDraft,
    ForumPage,
    ForumSummary,
    OwnRegistration,
    OwnRegistrations,
    Places,
    Plan,
    Registrant,
    Registrants,
    RegistrationWithForum,
    Room,
    Rooms,
    ScheduleDiff,
    ScheduleImport,
    ScheduleWarning,
    ScheduleWarnings,
    Session,
    SessionChange,
    SessionPage,
    Speaker,
    Swap,
)
from tests.services.web.neighbours.words import markdown, plain, problem
from tests.services.web.neighbours.world import Account, World

FORUM_MOVES = {
    "draft": {"publish": "published"},
    "published": {"retract": "draft", "cancel": "cancelled"},
    "cancelled": {"restore": "published"},
}
EDITABLE = ("draft", "published")


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


class FakeEvents(EventsClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://events.invalid")
        self.world = world

    @property
    def planned(self) -> Planned:
        return self.world.of(Planned)

    def _is_part(self, forum: Forum, account: Account | None) -> bool:
        if account is None or not {"organizer", "admin"} & set(account.roles):
            return False
        return "admin" in account.roles or (forum.owner is not None and forum.owner.id == account.id)

    def _seen(self, forum: Forum, account: Account | None) -> Forum:
        actions: list[str] = []
        if self._is_part(forum, account):
            actions = [*(["edit"] if forum.state in EDITABLE else []), *FORUM_MOVES[forum.state]]
        return forum.model_copy(update={"actions": actions})

    def _forum(self, id: str, token: str | None, *, to_change: bool = False) -> tuple[Forum, Account | None]:
        account = self.world.whose(token)
        found = self.planned.forums.get(id)
        if found is None or (found.state == "draft" and not self._is_part(found, account)):
            raise problem(404)
        if to_change and not self._is_part(found, account):
            raise problem(403)
        if to_change and found.state not in EDITABLE:
            raise problem(409)
        return found, account

    def _session_seen(self, one: Session, forum: Forum, account: Account | None) -> Session:
        actions = []
        if self._is_part(forum, account) and forum.state in EDITABLE:
            actions = ["edit", "restore" if one.state == "cancelled" else "cancel"]
        state = "cancelled" if forum.state == "cancelled" else one.state
        return one.model_copy(update={"actions": actions, "state": state})

    async def create(self, draft: ForumDraft, *, token: str, key: str | None = None) -> Forum:
        self.world.asked("events", "create")
        account = self.world.whose(token)
        assert account is not None
        if not {"organizer", "admin"} & set(account.roles):
            raise problem(403)
        if key in self.planned.keys:
            return self._seen(self.planned.forums[self.planned.keys[key or ""]], account)
        fields = draft.model_dump()
        self._check(fields)
        made = self.planned.forum(account, fields.pop("title"), **{k: _listed(v) for k, v in fields.items()})
        self.planned.keys[key or made.id] = made.id
        return self._seen(made, account)

    def _check(self, fields: dict[str, Any]) -> None:
        if fields.get("zone") not in available_timezones():
            raise problem(422, "invalid", ("body.zone", "is no IANA time zone"))

    async def read(self, id: str, *, token: str | None = None) -> Forum:
        self.world.asked("events", "read")
        return self._seen(*self._forum(id, token))

    async def page(
        self,
        *,
        token: str | None = None,
        when: str | None = None,
        state: str | None = None,
        language: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ForumPage:
        self.world.asked("events", "page")
        account, now = self.world.whose(token), datetime.now(UTC)
        found = [
            one
            for one in self.planned.forums.values()
            if (one.state != "draft" or (state == "any" and self._is_part(one, account)))
            and (when in (None, "any") or (one.ends_at > now) == (when == "coming"))
            and (theme is None or theme in one.themes)
            and (territory is None or territory in one.territories)
            and (not mine or (account is not None and one.owner is not None and one.owner.id == account.id))
        ]
        found.sort(key=lambda one: (one.begins_at, one.id), reverse=when != "coming")
        start = int(cursor or 0)
        items = [ForumSummary(**one.model_dump()) for one in found[start : start + limit]]
        return ForumPage(items=items, next=str(start + limit) if start + limit < len(found) else None)

    async def edit(self, id: str, version: int, changes: dict[str, object], *, token: str) -> Forum:
        self.world.asked("events", "edit")
        forum, account = self._forum(id, token, to_change=True)
        if forum.version != version:
            raise problem(412)
        self._check({"zone": forum.zone, **changes})
        days = {name: date.fromisoformat(str(changes[name])) for name in ("starts_on", "ends_on") if name in changes}
        update = {**{k: _listed(v) for k, v in changes.items()}, **days, "version": version + 1}
        made = self.planned.keep(forum.model_copy(update=update))
        self._promote(made)
        return self._seen(made, account)

    async def transition(self, id: str, version: int, action: str, *, token: str, reason: str | None = None) -> Forum:
        self.world.asked("events", "transition")
        forum, account = self._forum(id, token)
        if not self._is_part(forum, account):
            raise problem(403)
        if forum.version != version:
            raise problem(412)
        to = FORUM_MOVES[forum.state].get(action)
        if to is None:
            raise problem(409)
        if action in ("cancel", "retract") and not reason:
            raise problem(422, "invalid", ("reason", "say why"))
        if action == "publish" and not (forum.summary and (forum.venue or forum.link)):
            raise problem(422, "invalid", ("summary", "is still empty"), ("venue", "say where it is"))
        now = datetime.now(UTC)
        update = {
            "state": to,
            "version": version + 1,
            "published_at": forum.published_at or now,
            "cancelled_at": now if to == "cancelled" else None,
            "cancellation_reason": reason if to == "cancelled" else None,
        }
        return self._seen(self.planned.keep(forum.model_copy(update=update)), account)

    async def rooms(self, id: str, *, token: str | None = None, cursor: str | None = None, limit: int = 100) -> Rooms:
        self.world.asked("events", "rooms")
        self._forum(id, token)
        found, start = self.planned.rooms.get(id, []), int(cursor or 0)
        more = str(start + limit) if start + limit < len(found) else None
        return Rooms(items=found[start : start + limit], next=more)

    async def add_room(self, id: str, name: str, *, token: str, capacity: int | None = None) -> Room:
        self.world.asked("events", "add_room")
        forum, _account = self._forum(id, token, to_change=True)
        self._check_name(id, name)
        return self.planned.room(forum, name, capacity)

    def _check_name(self, id: str, name: str, own: str = "") -> None:
        if any(one.name == name and one.id != own for one in self.planned.rooms.get(id, [])):
            raise ServiceProblem(409, "urn:demain:problem:room-name-taken", "Another room of the forum has this name")

    async def edit_room(self, id: str, room: str, version: int, changes: dict[str, object], *, token: str) -> Room:
        self.world.asked("events", "edit_room")
        self._forum(id, token, to_change=True)
        self._check_name(id, str(changes["name"]), room)
        known = self.planned.rooms[id]
        (at,) = [place for place, one in enumerate(known) if one.id == room]
        if known[at].version != version:
            raise problem(412)
        known[at] = known[at].model_copy(update={**changes, "version": version + 1})
        return known[at]

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

    def _promote(self, forum: Forum) -> None:
        known = self.planned.registered.get(forum.id, [])
        for one in known:
            taken = sum(each.state == "registered" for each in known)
            if one.state == "waiting" and (forum.capacity is None or taken < forum.capacity):
                one.state, one.promoted_at = "registered", datetime.now(UTC)

    def _own(self, id: str, account: Account) -> OwnRegistration | None:
        known = self.planned.registered.get(id, [])
        waiting = [one.person.id for one in known if one.state == "waiting"]
        for one in known:
            if one.person.id == account.id and one.state != "cancelled":
                place = waiting.index(account.id) + 1 if one.state == "waiting" else None
                return OwnRegistration(forum=id, state=one.state, place=place, at=one.at, promoted_at=one.promoted_at)
        return None

    async def places(self, id: str, *, token: str | None = None) -> Places:
        self.world.asked("events", "places")
        forum, account = self._forum(id, token)
        known = self.planned.registered.get(id, [])
        return Places(
            capacity=forum.capacity,
            taken=sum(one.state == "registered" for one in known),
            waiting=sum(one.state == "waiting" for one in known),
            open=forum.state == "published" and forum.ends_at > datetime.now(UTC),
            mine=self._own(id, account) if account else None,
        )

    async def register(self, id: str, *, token: str) -> OwnRegistration:
        self.world.asked("events", "register")
        forum, account = self._forum(id, token)
        assert account is not None
        mine = self._own(id, account)
        if mine is None:
            if not (await self.places(id)).open:
                raise problem(409)
            known = self.planned.registered.setdefault(id, [])
            person = PersonRef(id=account.id, name=account.name)
            known.append(Registered(person, "waiting", datetime.now(UTC)))
            self._promote(forum)
            if known[-1].state == "registered":
                known[-1].promoted_at = None
            mine = self._own(id, account)
        assert mine is not None
        return mine

    async def unregister(self, id: str, *, token: str) -> None:
        self.world.asked("events", "unregister")
        forum, account = self._forum(id, token)
        assert account is not None
        for one in self.planned.registered.get(id, []):
            if one.person.id == account.id:
                one.state = "cancelled"
        self._promote(forum)

    async def registrants(
        self, id: str, *, token: str, state: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Registrants:
        self.world.asked("events", "registrants")
        forum, account = self._forum(id, token)
        if not self._is_part(forum, account):
            raise problem(403)
        known = self.planned.registered.get(id, [])
        waiting = [one for one in known if one.state == "waiting"]
        found = [one for one in known if (one.state == state if state else one.state != "cancelled")]
        start = int(cursor or 0)
        return Registrants(
            items=[
                Registrant(
                    person=one.person,
                    state=one.state,
                    place=waiting.index(one) + 1 if one.state == "waiting" else None,
                    at=one.at,
                    promoted_at=one.promoted_at,
                )
                for one in found[start : start + limit]
            ],
            next=str(start + limit) if start + limit < len(found) else None,
        )

    async def own_registrations(self, *, token: str, cursor: str | None = None, limit: int = 20) -> OwnRegistrations:
        self.world.asked("events", "own_registrations")
        account = self.world.whose(token)
        assert account is not None
        found = [
            RegistrationWithForum(
                forum=ForumSummary(**forum.model_dump()),
                **mine.model_dump(exclude={"forum"}),
            )
            for forum in self.planned.forums.values()
            if (mine := self._own(forum.id, account)) is not None
        ]
        start = int(cursor or 0)
        more = str(start + limit) if start + limit < len(found) else None
        return OwnRegistrations(items=found[start : start + limit], next=more)

    async def import_schedule(
        self,
        document: dict[str, Any],
        *,
        token: str,
        apply: bool = False,
        forum: str | None = None,
        zone: str | None = None,
    ) -> ScheduleImport:
        """Titles by guid, room and time of a file's first day: enough to be looked at."""
        self.world.asked("events", "import_schedule")
        account = self.world.whose(token)
        assert account is not None
        if self.planned.faults:
            raise problem(422, "invalid", *self.planned.faults)
        conference = document["schedule"]["conference"]
        if not (zone or conference.get("time_zone_name")):
            raise problem(422, "invalid", ("zone", "say it"))
        into = None
        if forum is not None:
            into = self._forum(forum, token, to_change=True)[0]
        known = {one.guid: one for one in self.planned.sessions.get(forum or "", {}).values()}
        new, moved, unchanged = [], [], 0
        for day in conference["days"]:
            for room, sessions in day["rooms"].items():
                for one in sessions:
                    minutes = _minutes(one["duration"])
                    after = Plan(room=room, begins_at=datetime.fromisoformat(one["date"]), minutes=minutes)
                    before = known.pop(one["guid"], None)
                    if before is None:
                        new.append(
                            SessionChange(guid=one["guid"], title=one["title"], before=None, after=after, fields=[])
                        )
                        continue
                    was = Plan(room=before.room_name, begins_at=before.begins_at, minutes=before.minutes)
                    if was == after:
                        unchanged += 1
                    else:
                        moved.append(
                            SessionChange(guid=one["guid"], title=one["title"], before=was, after=after, fields=[])
                        )
        gone = [
            SessionChange(
                guid=one.guid,
                title=one.title,
                before=Plan(room=one.room_name, begins_at=one.begins_at, minutes=one.minutes),
                after=None,
                fields=[],
            )
            for one in known.values()
        ]
        diff = ScheduleDiff(
            new=new, moved=moved, changed=[], cancelled=gone, restored=[], unchanged=unchanged, forum=[], rooms=[]
        )
        if apply:
            self.planned.imported.append(document)
            into = into or self.planned.forum(account, conference["title"])
        return ScheduleImport(
            applied=apply,
            forum=into.id if into else None,
            created=apply and forum is None,
            url=into.url if into else None,
            diff=diff,
        )


def _minutes(duration: str) -> int:
    hours, minutes = duration.split(":")[-2:]
    return int(hours) * 60 + int(minutes)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


NEIGHBOUR = (EventsClient, FakeEvents)
