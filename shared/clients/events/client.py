"""Client of the events service."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from shared.clients.base import ServiceClient, if_match
from shared.clients.events.forums import (
    Forum,
    ForumDraft,
    ForumHistory,
    ForumPage,
    Room,
    Rooms,
)
from shared.clients.events.registrations import (
    OwnRegistration,
    OwnRegistrations,
    Places,
    Registrants,
)
from shared.clients.events.schedules import ScheduleImport
from shared.clients.events.sessions import (
    ScheduleWarnings,
    Session,
    SessionPage,
    Swap,
)


class EventsClient(ServiceClient):
    """Speaks to ``/api/forums`` and ``/api/registrations``."""

    service = "events"

    async def create(self, draft: ForumDraft, *, token: str, key: str | None = None) -> Forum:
        """Start a forum; the same ``key`` twice starts one. Raises ServiceProblem 403, 409, 422."""
        return await self.send(
            Forum,
            "POST",
            "/api/forums",
            json=draft.model_dump(mode="json"),
            token=token,
            headers={"Idempotency-Key": key} if key else None,
        )

    async def read(self, id: str, *, token: str | None = None) -> Forum:
        """Raises ServiceProblem 404."""
        return await self.get(Forum, _forum(id), token=token)

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
        """``when`` is ``coming`` (from the next on), ``past`` (from the last back) or ``any``; ``state`` ``public``,
        ``draft``, ``published``, ``cancelled`` or ``any``, of which drafts are told to who organizes them."""
        return await self.get(
            ForumPage,
            "/api/forums",
            token=token,
            params={
                "when": when,
                "state": state,
                "language": language,
                "theme": theme,
                "territory": territory,
                "mine": "true" if mine else None,
                "cursor": cursor,
                "limit": limit,
            },
        )

    async def edit(self, id: str, version: int, changes: dict[str, object], *, token: str) -> Forum:
        """Change fields of version ``version``. Raises ServiceProblem 403, 404, 409, 412, 422."""
        return await self.send(Forum, "PATCH", _forum(id), json=changes, token=token, headers=if_match(version))

    async def transition(self, id: str, version: int, action: str, *, token: str, reason: str | None = None) -> Forum:
        """Ask for ``publish``, ``retract``, ``cancel``, ``restore``. Raises ServiceProblem 403, 404, 409, 412, 422."""
        return await self.send(
            Forum,
            "POST",
            f"{_forum(id)}/transitions",
            json={"action": action, "reason": reason},
            token=token,
            headers=if_match(version),
        )

    async def history(
        self, id: str, *, token: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> ForumHistory:
        """Its life so far, and that of its sessions, oldest first."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(ForumHistory, f"{_forum(id)}/transitions", token=token, params=params)

    async def rooms(self, id: str, *, token: str | None = None, cursor: str | None = None, limit: int = 100) -> Rooms:
        """In the order they are shown."""
        return await self.get(Rooms, f"{_forum(id)}/rooms", token=token, params={"cursor": cursor, "limit": limit})

    async def add_room(self, id: str, name: str, *, token: str, capacity: int | None = None) -> Room:
        """Raises ServiceProblem 403, 404, 409 for a name that is taken, 422."""
        return await self.send(
            Room, "POST", f"{_forum(id)}/rooms", json={"name": name, "capacity": capacity}, token=token
        )

    async def edit_room(self, id: str, room: str, version: int, changes: dict[str, object], *, token: str) -> Room:
        """Raises ServiceProblem 403, 404, 409, 412, 422."""
        path = f"{_forum(id)}/rooms/{_part(room)}"
        return await self.send(Room, "PATCH", path, json=changes, token=token, headers=if_match(version))

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
        """In the order in which they begin, cancelled ones too; ``limit`` may be 500."""
        return await self.get(
            SessionPage,
            f"{_forum(id)}/sessions",
            token=token,
            params={
                "day": day.isoformat() if day else None,
                "room": room,
                "track": track,
                "cursor": cursor,
                "limit": limit,
            },
        )

    async def session(self, id: str, session: str, *, token: str | None = None) -> Session:
        """One session of forum ``id``. Raises ServiceProblem 404."""
        return await self.get(Session, _session(id, session), token=token)

    async def add_session(self, id: str, fields: dict[str, object], *, token: str, key: str | None = None) -> Session:
        """``fields``: title, room (id), starts_at (wall time in the forum's zone), minutes, and what else there is.

        Raises ServiceProblem 403, 404, 409 whose ``extra["conflicts"]`` lists who has the room, 422.
        """
        return await self.send(
            Session,
            "POST",
            f"{_forum(id)}/sessions",
            json=fields,
            token=token,
            headers={"Idempotency-Key": key} if key else None,
        )

    async def edit_session(
        self, id: str, session: str, version: int, changes: dict[str, object], *, token: str
    ) -> Session:
        """Raises ServiceProblem 403, 404, 409 as `add_session`, 412, 422."""
        return await self.send(
            Session, "PATCH", _session(id, session), json=changes, token=token, headers=if_match(version)
        )

    async def move_session(
        self, id: str, session: str, version: int, action: str, *, token: str, reason: str | None = None
    ) -> Session:
        """Ask for ``cancel`` or ``restore``. Raises ServiceProblem 403, 404, 409, 412."""
        return await self.send(
            Session,
            "POST",
            f"{_session(id, session)}/transitions",
            json={"action": action, "reason": reason},
            token=token,
            headers=if_match(version),
        )

    async def swap(self, id: str, one: tuple[str, int], other: tuple[str, int], *, token: str) -> Swap:
        """Two sessions, each (id, version), take each other's room and time.

        Raises ServiceProblem 403, 404, 409, 412.
        """
        named = [{"id": session, "version": version} for session, version in (one, other)]
        return await self.send(
            Swap, "POST", f"{_forum(id)}/sessions/swap", json={"one": named[0], "other": named[1]}, token=token
        )

    async def warnings(self, id: str, *, token: str) -> ScheduleWarnings:
        """For the organizer. Raises ServiceProblem 404."""
        return await self.get(ScheduleWarnings, f"{_forum(id)}/warnings", token=token)

    async def places(self, id: str, *, token: str | None = None) -> Places:
        """How many places there are and how many are taken; what the bearer has."""
        return await self.get(Places, f"{_forum(id)}/places", token=token)

    async def register(self, id: str, *, token: str) -> OwnRegistration:
        """A place, or the next one in the waiting list. Raises ServiceProblem 404, 409."""
        return await self.send(OwnRegistration, "POST", f"{_forum(id)}/registrations", token=token)

    async def unregister(self, id: str, *, token: str) -> None:
        """Call it off. Raises ServiceProblem 404."""
        await self.call("DELETE", f"{_forum(id)}/registrations", token=token)

    async def registrants(
        self, id: str, *, token: str, state: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Registrants:
        """Who comes and who waits; for the organizer. Raises ServiceProblem 403, 404."""
        params = {"state": state, "cursor": cursor, "limit": limit}
        return await self.get(Registrants, f"{_forum(id)}/registrations", token=token, params=params)

    async def own_registrations(self, *, token: str, cursor: str | None = None, limit: int = 20) -> OwnRegistrations:
        """One's own, newest first."""
        return await self.get(
            OwnRegistrations, "/api/registrations/mine", token=token, params={"cursor": cursor, "limit": limit}
        )

    async def calendar(self, id: str, *, token: str | None = None) -> str:
        """The iCalendar feed of a forum, as text. Raises ServiceProblem 404."""
        return await self.text(f"{_forum(id)}/calendar.ics", token=token)

    async def schedule(self, id: str, *, token: str | None = None) -> dict[str, Any]:
        """The schedule in the CCC's format. Raises ServiceProblem 404."""
        found = await self.call("GET", f"{_forum(id)}/schedule.json", token=token)
        return dict(found)

    async def import_schedule(
        self,
        document: dict[str, Any],
        *,
        token: str,
        apply: bool = False,
        forum: str | None = None,
        zone: str | None = None,
    ) -> ScheduleImport:
        """What a schedule.json changes; with ``apply`` it is done.

        Raises ServiceProblem 403, 404, 409 with ``extra["conflicts"]``, 422 whose fields are JSON pointers into the
        document.
        """
        asked = {"document": document, "apply": apply, "forum": forum, "zone": zone}
        return await self.send(ScheduleImport, "POST", "/api/forums/import", json=asked, token=token)


def _part(id: str) -> str:
    return quote(id, safe="")


def _forum(id: str) -> str:
    return f"/api/forums/{_part(id)}"


def _session(forum: str, id: str) -> str:
    return f"{_forum(forum)}/sessions/{_part(id)}"
