"""Who comes and who waits."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.clients.base import PersonRef
from shared.clients.events import (
    ForumSummary,
    OwnRegistration,
    OwnRegistrations,
    Places,
    Registrant,
    Registrants,
    RegistrationWithForum,
)
from tests.services.web.neighbours.events.planned import Registered
from tests.services.web.neighbours.events.sessions import Sessions
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account


class Registrations(Sessions):
    """Who comes and who waits."""

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
