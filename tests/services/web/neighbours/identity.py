"""The identity service in memory."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.identity import Account as AccountOfAdmins
from shared.clients.identity import (
    AccountEvent,
    AccountPage,
    Arrival,
    AuthorizationRequest,
    EventPage,
    IdentityClient,
    Landed,
    MailOnItsWay,
    Me,
    Onward,
    OutsideProviders,
    PeoplePage,
    Profile,
    SignedIn,
    WaysIn,
)
from tests.services.web.neighbours.outside import Outside
from tests.services.web.neighbours.provider import Provided, keys
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account, World


class FakeIdentity(IdentityClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://identity.invalid")
        self.world = world

    async def sign_up(self, email: str, password: str, display_name: str, *, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "sign_up")
        if len(password) < 10:
            raise problem(422, "invalid", ("password", "too short"))
        if email not in self.world.accounts:
            self.world.account(email, display_name, password=password).verified = False
        return self._mail("verify", email, language)

    async def send_verification(self, email: str, *, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "send_verification")
        return self._mail("verify", email, language)

    async def send_reset(self, email: str, *, language: str = "fr") -> MailOnItsWay:
        self.world.asked("identity", "send_reset")
        return self._mail("reset", email, language)

    def _mail(self, purpose: str, email: str, language: str) -> MailOnItsWay:
        if "@" not in email:
            raise problem(422, "invalid", ("email", "not an address"))
        self.world.mails.append((purpose, email, language))
        if email in self.world.accounts:
            self.world.links[f"{purpose}-{len(self.world.mails)}"] = (purpose, email)
        return MailOnItsWay(email=email)

    def _of_link(self, secret: str, purpose: str) -> Account:
        known, email = self.world.links.get(secret, ("", ""))
        if known != purpose:
            raise problem(410)
        return self.world.accounts[email]

    async def verify(self, secret: str, password: str) -> SignedIn:
        self.world.asked("identity", "verify")
        account = self._of_link(secret, "verify")
        if account.password != password:
            raise problem(401)
        del self.world.links[secret]
        account.verified = True
        return self._tokens(account.email)

    async def reset(self, secret: str, password: str, *, language: str = "fr") -> None:
        self.world.asked("identity", "reset")
        account = self._of_link(secret, "reset")
        if len(password) < 10:
            raise problem(422, "invalid", ("password", "too short"))
        del self.world.links[secret]
        account.password = password

    async def change_password(self, present: str, password: str, *, token: str, language: str = "fr") -> SignedIn:
        self.world.asked("identity", "change_password")
        account = self.world.whose(token)
        assert account is not None
        if account.password != present:
            raise problem(422, "invalid", ("present", "not the present one"))
        if len(password) < 10:
            raise problem(422, "invalid", ("password", "too short"))
        account.password = password
        return self._tokens(account.email)

    async def edit_profile(self, version: int, changes: dict[str, str], *, token: str) -> Me:
        self.world.asked("identity", "edit_profile")
        account = self.world.whose(token)
        assert account is not None
        if account.version != version:
            raise problem(412)
        if changes["orcid"] and not changes["orcid"].startswith("0000-"):
            raise problem(422, "invalid", ("orcid", "not one"))
        account.version += 1
        account.name, account.biography = changes["display_name"], changes["biography"]
        account.affiliation, account.orcid = changes["affiliation"], changes["orcid"] or None
        return self._me(account)

    async def profile(self, id: str) -> Profile:
        self.world.asked("identity", "profile")
        for one in self.world.accounts.values():
            if one.id == id:
                return Profile(
                    id=id,
                    name=one.name,
                    biography=one.biography,
                    affiliation=one.affiliation,
                    orcid=one.orcid,
                    picture=one.picture,
                )
        raise problem(404)

    async def people_of_role(self, role: str, *, token: str, cursor: str | None = None) -> PeoplePage:
        self.world.asked("identity", "people_of_role")
        account = self.world.whose(token)
        if account is None or not {"editor", "admin"} & set(account.roles):
            raise problem(403)
        found = [one for one in self.world.accounts.values() if role in one.roles]
        return PeoplePage(items=[PersonRef(id=one.id, name=one.name) for one in found])

    async def sign_in(self, email: str, password: str) -> SignedIn:
        self.world.asked("identity", "sign_in")
        account = self.world.accounts.get(email)
        if account is None or account.password != password:
            raise problem(401)
        if not account.verified:
            raise problem(403)
        if account.suspended:
            raise ServiceProblem(403, "urn:demain:problem:suspended", "The account is suspended")
        return self._tokens(account.email)

    def _tokens(self, email: str) -> SignedIn:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.world.access[access] = email
        self.world.refresh[refresh] = email
        return SignedIn(access_token=access, refresh_token=refresh, expires_in=self.world.access_lasts)

    async def authorization_request(self, id: str) -> AuthorizationRequest:
        self.world.asked("identity", "authorization_request")
        return self.world.of(Provided).described(id)

    async def sign_in_for(self, id: str, email: str, password: str) -> Onward:
        self.world.asked("identity", "sign_in_for")
        provided = self.world.of(Provided)
        provided.described(id)
        await self.sign_in(email, password)
        return provided.code(id, email)

    async def decide(self, id: str, *, granted: bool, token: str) -> Onward:
        self.world.asked("identity", "decide")
        provided, account = self.world.of(Provided), self.world.whose(token)
        assert account is not None
        provided.described(id)
        provided.decisions.append(granted)
        if granted:
            return provided.code(id, account.email)
        return provided.onward(provided.requests.pop(id), error="access_denied")

    async def jwks(self) -> dict[str, object]:
        return keys()

    async def me(self, token: str) -> Me:
        self.world.asked("identity", "me")
        account = self.world.whose(token)
        assert account is not None
        return self._me(account)

    def _me(self, account: Account) -> Me:
        return Me(
            id=account.id,
            email=account.email,
            display_name=account.name,
            roles=account.roles,
            biography=account.biography,
            affiliation=account.affiliation,
            orcid=account.orcid,
            picture=account.picture,
            version=account.version,
            created_at=datetime.now(UTC),
        )


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


class FakeFederation(FakeAdministration):
    """The same, with the other provider people may come in through."""

    @property
    def outside(self) -> Outside:
        return self.world.of(Outside)

    async def outside_providers(self) -> OutsideProviders:
        self.world.asked("identity", "outside_providers")
        return OutsideProviders(items=[self.outside.there] if self.outside.there else [])

    async def set_out(self, id: str, browser: str, *, language: str = "fr") -> Onward:
        self.world.asked("identity", "set_out")
        self.world.of(Provided).described(id)
        onward = self.outside.set_out(browser)
        self.outside.demands[browser] = id
        return onward

    async def outside_return(
        self, browser: str, *, state: str, code: str, error: str, iss: str | None, token: str | None
    ) -> Landed:
        self.world.asked("identity", "outside_return")
        if self.outside.refuses is not None:
            raise self.outside.refuses
        if browser in self.outside.linking:
            email = self.outside.linking.pop(browser)
            account = self.world.whose(token or "")
            assert account is not None and account.email == email
            return self.outside.linked(email)
        if browser not in self.outside.demands:
            raise ServiceProblem(400, "urn:demain:problem:not-vouched-for", "nobody set out")
        if self.outside.next is not None:
            self.outside.arrivals[browser] = self.outside.next
            return Landed(outcome="arrived", language="en" if code == "english" else "fr")
        return Landed(outcome="signed-in", location=self._in(browser, self.outside.knows).location)

    def _in(self, browser: str, email: str) -> Onward:
        self.outside.arrivals.pop(browser, None)
        return self.world.of(Provided).code(self.outside.demands.pop(browser), email)

    async def arrival(self, browser: str) -> Arrival:
        self.world.asked("identity", "arrival")
        return self.outside.arrived(browser)

    async def open_for_arrival(self, browser: str, display_name: str) -> Onward:
        self.world.asked("identity", "open_for_arrival")
        arrival = self.outside.arrived(browser)
        if arrival.has_account or not arrival.email_verified:
            raise problem(409)
        if "\n" in display_name or len(display_name) > 80:
            raise problem(422, "invalid", ("display_name", "too long"))
        assert arrival.email is not None
        self.world.account(arrival.email, display_name)
        return self._in(browser, arrival.email)

    async def prove_arrival(self, browser: str, email: str, password: str, *, language: str = "fr") -> Onward:
        self.world.asked("identity", "prove_arrival")
        self.outside.arrived(browser)
        await self.sign_in(email, password)
        return self._in(browser, email)

    async def mail_to_arrival(
        self, browser: str, email: str, display_name: str, *, language: str = "fr"
    ) -> MailOnItsWay:
        self.world.asked("identity", "mail_to_arrival")
        self.outside.arrived(browser)
        if "@" not in email:
            raise problem(422, "invalid", ("email", "not an address"))
        self.outside.mails.append((browser, email, display_name))
        return MailOnItsWay(email=email)

    async def confirm_arrival(self, browser: str, secret: str, *, language: str = "fr") -> Onward:
        self.world.asked("identity", "confirm_arrival")
        wanted = [one for one in self.outside.mails if secret == f"to-{one[1]}"]
        if not wanted:
            raise problem(410)
        if wanted[-1][0] != browser:
            raise ServiceProblem(409, "urn:demain:problem:other-browser", "another browser")
        _browser, email, name = wanted[-1]
        if email not in self.world.accounts:
            self.world.account(email, name)
        return self._in(browser, email)

    async def ways_in(self, *, token: str) -> WaysIn:
        self.world.asked("identity", "ways_in")
        account = self.world.whose(token)
        assert account is not None
        return WaysIn(has_password=bool(account.password), items=self.outside.links.get(account.email, []))

    async def set_out_to_link(self, browser: str, *, token: str, language: str = "fr") -> Onward:
        self.world.asked("identity", "set_out_to_link")
        account = self.world.whose(token)
        assert account is not None
        if self.outside.long_ago:
            raise ServiceProblem(403, "urn:demain:problem:sign-in-again", "again")
        onward = self.outside.set_out(browser)
        self.outside.linking[browser] = account.email
        return onward

    async def unlink(self, id: str, *, token: str) -> None:
        self.world.asked("identity", "unlink")
        account = self.world.whose(token)
        assert account is not None
        links = self.outside.links.get(account.email, [])
        if not any(one.id == id for one in links):
            raise problem(404)
        if not account.password and len(links) == 1:
            raise ServiceProblem(409, "urn:demain:problem:last-way-in", "the last")
        links[:] = [one for one in links if one.id != id]


NEIGHBOUR = (IdentityClient, FakeFederation)
