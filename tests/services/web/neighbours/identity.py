"""The identity service in memory."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from shared.clients.identity import IdentityClient, MailOnItsWay, Me, Profile, SignedIn
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
                    id=id, name=one.name, biography=one.biography, affiliation=one.affiliation, orcid=one.orcid
                )
        raise problem(404)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        self.world.asked("identity", "sign_in")
        account = self.world.accounts.get(email)
        if account is None or account.password != password:
            raise problem(401)
        if not account.verified:
            raise problem(403)
        return self._tokens(account.email)

    def _tokens(self, email: str) -> SignedIn:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.world.access[access] = email
        self.world.refresh[refresh] = email
        return SignedIn(access_token=access, refresh_token=refresh, expires_in=self.world.access_lasts)

    async def refresh(self, refresh_token: str) -> SignedIn:
        self.world.asked("identity", "refresh")
        self.world.used_refresh.append(refresh_token)
        email = self.world.refresh.pop(refresh_token, None)
        if email is None:
            raise problem(401, "refresh token used before")
        return self._tokens(email)

    async def sign_out(self, refresh_token: str) -> None:
        self.world.asked("identity", "sign_out")
        self.world.revoked.append(refresh_token)

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
            version=account.version,
            created_at=datetime.now(UTC),
        )


NEIGHBOUR = (IdentityClient, FakeIdentity)
