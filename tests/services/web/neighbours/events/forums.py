"""Forums and their rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

from shared.clients.base import ServiceProblem
from shared.clients.events import (
    EventsClient,
    Forum,
    ForumDraft,
    ForumPage,
    ForumSummary,
    Room,
    Rooms,
)
from tests.services.web.neighbours.events.planned import Planned
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account, World

FORUM_MOVES = {
    "draft": {"publish": "published"},
    "published": {"retract": "draft", "cancel": "cancelled"},
    "cancelled": {"restore": "published"},
}


EDITABLE = ("draft", "published")


class Forums(EventsClient):
    """Forums and their rooms."""

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

    def _promote(self, forum: Forum) -> None:
        known = self.planned.registered.get(forum.id, [])
        for one in known:
            taken = sum(each.state == "registered" for each in known)
            if one.state == "waiting" and (forum.capacity is None or taken < forum.capacity):
                one.state, one.promoted_at = "registered", datetime.now(UTC)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
