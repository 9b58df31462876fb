"""Accounts in memory: signing up and in, profiles."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.identity import (
    AuthorizationRequest,
    IdentityClient,
    MailOnItsWay,
    Me,
    Onward,
    PeoplePage,
    Profile,
    SignedIn,
)
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
