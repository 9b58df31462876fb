"""Authors and their invitations, in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from shared.clients.base import PersonRef
from shared.clients.contributions import Contribution, Invitations, Invited, NewInvitation
from tests.services.web.neighbours.contributions.playing import Playing
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account


class FakeAuthors(Playing):
    """Invited by a link, put in order, gone."""

    def _mine(self, id: str, token: str | None) -> tuple[Contribution, Account]:
        account, found = self.world.whose(token), self.world.contributions.get(id)
        if found is None or account is None or account.id not in {one.id for one in found.authors}:
            raise problem(404)
        return found, account

    def _set(self, found: Contribution, account: Account, **update: object) -> Contribution:
        made = self.world.contributions[found.id] = found.model_copy(update=update)
        return self.world.seen_by(made, account)

    async def invitations(self, id: str, *, token: str) -> Invitations:
        self.world.asked("contributions", "invitations")
        self._mine(id, token)
        return Invitations(items=[one for whose, one in self.world.invitations.values() if whose == id])

    async def invite(self, id: str, note: str, *, token: str) -> NewInvitation:
        self.world.asked("contributions", "invite")
        found, account = self._mine(id, token)
        if found.state == "published":
            raise problem(409)
        by, now = PersonRef(id=account.id, name=account.name), datetime.now(UTC)
        made = NewInvitation(id=str(uuid4()), note=note, by=by, at=now, expires_at=now, secret=uuid4().hex)
        self.world.invitations[made.secret] = (id, made)
        return made

    async def take_back_invitation(self, id: str, invitation: str, *, token: str) -> None:
        self.world.asked("contributions", "take_back_invitation")
        for secret, (whose, one) in list(self.world.invitations.items()):
            if (whose, one.id) == (id, invitation):
                del self.world.invitations[secret]
                return
        raise problem(404)

    async def invited(self, secret: str, *, token: str) -> Invited:
        self.world.asked("contributions", "invited")
        if secret not in self.world.invitations:
            raise problem(410)
        id, one = self.world.invitations[secret]
        return Invited.model_validate({**self.world.contributions[id].model_dump(), **one.model_dump(), "id": id})

    async def accept_invitation(self, secret: str, *, token: str) -> Contribution:
        self.world.asked("contributions", "accept_invitation")
        account = self.world.whose(token)
        if account is None or secret not in self.world.invitations:
            raise problem(410)
        found = self.world.contributions[self.world.invitations.pop(secret)[0]]
        return self._set(found, account, authors=[*found.authors, PersonRef(id=account.id, name=account.name)])

    async def order_authors(self, id: str, version: int, authors: list[str], *, token: str) -> Contribution:
        self.world.asked("contributions", "order_authors")
        found, account = self._mine(id, token)
        known = {one.id: one for one in found.authors}
        if sorted(known) != sorted(authors):
            raise problem(422, "invalid", ("authors", "each once"))
        return self._set(found, account, authors=[known[one] for one in authors])

    async def leave(self, id: str, version: int, person: str, *, token: str) -> None:
        self.world.asked("contributions", "leave")
        found, account = self._mine(id, token)
        if len(found.authors) == 1:
            raise problem(409)
        self._set(found, account, authors=[one for one in found.authors if one.id != person])
