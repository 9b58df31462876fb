"""What asks for the password again, and what admins do, in memory."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from shared.clients.base import ServiceProblem
from shared.clients.identity import Account as AccountOfAdmins
from shared.clients.identity import (
    AccountEvent,
    AccountPage,
    EventPage,
    MailOnItsWay,
    Me,
)
from tests.services.web.neighbours.identity.accounts import FakeIdentity
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account


class FakeAdministration(FakeIdentity):
    """The same, with what asks for the password again and what admins do."""

    async def ask_for_address(self, email: str, password: str, *, token: str, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "ask_for_address")
        account = self._with_password(password, token)
        self.world.mails.append(("change", email, language))
        self.world.links[f"change-{len(self.world.mails)}"] = ("change", account.email)
        return MailOnItsWay(email=email)

    async def confirm_address(self, secret: str, password: str, *, language: str = "fr") -> None:
        self.world.asked("identity", "confirm_address")
        account = self._of_link(secret, "change")
        if account.password != password:
            raise problem(401)
        del self.world.links[secret]
        [(_, email, _language)] = [one for one in self.world.mails if one[0] == "change"]
        if email in self.world.accounts:
            raise problem(409)
        self.world.accounts[email] = self.world.accounts.pop(account.email)
        account.email = email

    async def erase_me(self, password: str, *, token: str, language: str = "fr") -> None:
        self.world.asked("identity", "erase_me")
        account = self._with_password(password, token)
        self._not_the_last(account)
        del self.world.accounts[account.email]

    def _with_password(self, password: str, token: str) -> Account:
        account = self.world.whose(token)
        assert account is not None
        if account.password != password:
            raise problem(422, "invalid", ("password", "not the present one"))
        return account

    def _not_the_last(self, account: Account) -> None:
        if [one for one in self.world.accounts.values() if "admin" in one.roles] == [account]:
            raise ServiceProblem(409, "urn:demain:problem:last-admin", "Somebody must remain an admin")

    async def show_picture(self, upload: bytes, *, token: str) -> Me:
        self.world.asked("identity", "show_picture")
        account = self.world.whose(token)
        assert account is not None
        if not upload.startswith(b"RIFF"):
            raise problem(422, "invalid", ("picture", "none"))
        account.picture = hashlib.sha256(upload).hexdigest()[:32]
        self.world.pictures[account.picture] = upload
        return self._me(account)

    async def take_picture_away(self, *, token: str) -> Me:
        self.world.asked("identity", "take_picture_away")
        account = self.world.whose(token)
        assert account is not None
        account.picture = None
        return self._me(account)

    async def picture(self, id: str, digest: str) -> bytes:
        self.world.asked("identity", "picture")
        if any(one.id == id and one.picture == digest for one in self.world.accounts.values()):
            return self.world.pictures[digest]
        raise problem(404)

    async def accounts(
        self,
        *,
        token: str,
        q: str | None = None,
        role: str | None = None,
        suspended: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> AccountPage:
        self.world.asked("identity", "accounts")
        found = [
            one
            for one in self.world.accounts.values()
            if (not q or one.name.lower().startswith(q.lower()) or one.email.startswith(q.lower()))
            and (not role or role in one.roles)
            and (not suspended or one.suspended)
        ]
        start = int(cursor or 0)
        following = str(start + 2) if len(found) > start + 2 and q == "" else None
        return AccountPage(items=[self._administered(one) for one in found[start:]], next=following)

    async def account(self, id: str, *, token: str) -> AccountOfAdmins:
        self.world.asked("identity", "account")
        return self._administered(self._of(id))

    async def account_events(self, id: str, *, token: str, cursor: str | None = None) -> EventPage:
        self.world.asked("identity", "account_events")
        return EventPage(
            items=[
                AccountEvent(kind=kind, role=role, by="someone", by_name=name or None, at=datetime.now(UTC))
                for kind, role, name in reversed(self._of(id).done)
            ]
        )

    async def grant_role(self, id: str, role: str, *, version: int, token: str) -> AccountOfAdmins:
        account = self._changing(id, version, token, "role-granted", role)
        account.roles = [*account.roles, role]
        return self._administered(account)

    async def take_role(self, id: str, role: str, *, version: int, token: str) -> AccountOfAdmins:
        if role == "admin":
            self._not_the_last(self._of(id))
        account = self._changing(id, version, token, "role-taken", role)
        account.roles = [one for one in account.roles if one != role]
        return self._administered(account)

    async def suspend(self, id: str, reason: str, *, version: int, token: str) -> AccountOfAdmins:
        self._not_the_last(self._of(id))
        account = self._changing(id, version, token, "suspended")
        account.suspended = reason
        return self._administered(account)

    async def lift_suspension(self, id: str, *, version: int, token: str) -> AccountOfAdmins:
        account = self._changing(id, version, token, "restored")
        account.suspended = ""
        return self._administered(account)

    async def erase(self, id: str, *, version: int, token: str, language: str = "fr") -> None:
        self._not_the_last(self._of(id))
        del self.world.accounts[self._changing(id, version, token, "erased").email]

    def _of(self, id: str) -> Account:
        found = [one for one in self.world.accounts.values() if one.id == id]
        if not found:
            raise problem(404)
        return found[0]

    def _changing(self, id: str, version: int, token: str, kind: str, role: str | None = None) -> Account:
        self.world.asked("identity", kind)
        by, account = self.world.whose(token), self._of(id)
        assert by is not None
        if "admin" not in by.roles:
            raise problem(403)
        if account.version != version:
            raise problem(412)
        account.version += 1
        account.done.append((kind, role, by.name))
        return account

    def _administered(self, account: Account) -> AccountOfAdmins:
        return AccountOfAdmins(
            **self._me(account).model_dump(exclude={"verified"}),
            verified=account.verified,
            suspended_since=datetime.now(UTC) if account.suspended else None,
            suspension_reason=account.suspended,
        )
