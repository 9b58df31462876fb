"""Client of the identity service."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from shared.clients.base import Answer, PersonRef, ServiceClient, if_match


class SignedIn(Answer):
    """Tokens of somebody who signed in."""

    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105


class Me(Answer):
    """The account of the bearer."""

    id: str
    email: str
    display_name: str
    biography: str = ""
    affiliation: str = ""
    orcid: str | None = None
    picture: str | None = None
    roles: list[str]
    version: int
    created_at: datetime
    verified: bool = True
    has_password: bool = True


class OutsideProvider(Answer):
    """Another provider through which people may come in."""

    name: str
    host: str
    away: bool = False


class OutsideProviders(Answer):
    """Through which other providers people may come in: none, or one."""

    items: list[OutsideProvider]


class Landed(Answer):
    """How it goes on with a browser that came back from another provider."""

    outcome: str
    """``signed-in``, ``arrived`` (nobody is linked yet) or ``linked``."""
    location: str | None = None
    """Where the browser goes on that signed in."""
    language: str = "fr"


class Arrival(Answer):
    """Who arrived in a browser, as far as the other provider tells."""

    provider: str
    email: str | None = None
    email_verified: bool = False
    has_account: bool = False
    """The address has an account; told only of one that is theirs."""
    display_name: str = ""


class LinkedIdentity(Answer):
    """An identity at another provider that may sign in to one's account."""

    id: str
    provider: str
    usable: bool
    linked_at: datetime
    used_at: datetime


class WaysIn(Answer):
    """How one may sign in to one's account."""

    has_password: bool
    items: list[LinkedIdentity]


class Account(Me):
    """An account for admins."""

    suspended_since: datetime | None = None
    suspension_reason: str = ""


class AccountPage(Answer):
    """Accounts, newest first."""

    items: list[Account]
    next: str | None = None


class AccountEvent(Answer):
    """Something that was done to an account."""

    kind: str
    role: str | None = None
    by: str | None = None
    by_name: str | None = None
    at: datetime


class EventPage(Answer):
    """What was done to an account, newest first."""

    items: list[AccountEvent]
    next: str | None = None


class Profile(Answer):
    """A person as everybody may see them."""

    id: str
    name: str
    biography: str = ""
    affiliation: str = ""
    orcid: str | None = None
    picture: str | None = None
    """Last part of its address; see `IdentityClient.picture`."""


class MailOnItsWay(Answer):
    """Where a mail goes, if there is reason for one."""

    email: str


class People(Answer):
    """People by id; ids nobody has are missing."""

    items: list[PersonRef]


class PeoplePage(People):
    """A page of people; ``next`` is the cursor of the page after it."""

    next: str | None = None


class AuthorizationRequest(Answer):
    """What a client asks somebody for."""

    client_id: str
    client_name: str
    is_site: bool
    """The site itself asks: people sign in. Of others they are asked for consent."""
    scopes: list[str]
    state: str | None = None
    returns_to: str
    signed_in_since: datetime | None = None
    """The person must have signed in after that instant."""


class Onward(Answer):
    """Where a browser goes on."""

    location: str


class IdentityClient(ServiceClient):
    """Speaks to ``/api/identity``."""

    service = "identity"

    async def sign_up(self, email: str, password: str, display_name: str, *, language: str = "fr") -> MailOnItsWay:
        """Open an account, which waits for `verify`. Raises ServiceProblem 422 with field errors."""
        body = {"email": email, "password": password, "display_name": display_name, "language": language}
        return await self.send(MailOnItsWay, "POST", "/api/identity/accounts", json=body)

    async def verify(self, secret: str, password: str) -> SignedIn:
        """Make an account usable and sign in to it. Raises ServiceProblem 401 for the password, 410 for the link."""
        body = {"token": secret, "password": password}
        return await self.send(SignedIn, "POST", "/api/identity/verifications", json=body)

    async def send_verification(self, email: str, *, language: str = "fr") -> MailOnItsWay:
        """Send the mail with the link for `verify` again, if an account waits for it."""
        body = {"email": email, "language": language}
        return await self.send(MailOnItsWay, "POST", "/api/identity/verifications/mails", json=body)

    async def send_reset(self, email: str, *, language: str = "fr") -> MailOnItsWay:
        """Send the mail with the link for `reset`, if there is an account."""
        body = {"email": email, "language": language}
        return await self.send(MailOnItsWay, "POST", "/api/identity/resets/mails", json=body)

    async def reset(self, secret: str, password: str, *, language: str = "fr") -> None:
        """Choose another password; all sign-ins end. Raises ServiceProblem 410 for the link, 422."""
        body = {"token": secret, "password": password, "language": language}
        await self.call("POST", "/api/identity/resets", json=body)

    async def change_password(self, present: str, password: str, *, token: str, language: str = "fr") -> SignedIn:
        """Change one's password; all sign-ins end, and a new one begins. Raises ServiceProblem 422, 429."""
        body = {"present": present, "password": password, "language": language}
        return await self.send(SignedIn, "POST", "/api/identity/me/password", json=body, token=token)

    async def edit_profile(self, version: int, changes: dict[str, str], *, token: str) -> Me:
        """Change how one shows oneself. Raises ServiceProblem 412, 422 with field errors."""
        headers = if_match(version)
        return await self.send(Me, "PATCH", "/api/identity/me", json=changes, token=token, headers=headers)

    async def ask_for_address(self, email: str, password: str, *, token: str, language: str = "fr") -> MailOnItsWay:
        """Send the mail with the link for `confirm_address`. Raises ServiceProblem 422, 429."""
        body = {"email": email, "password": password, "language": language}
        return await self.send(MailOnItsWay, "POST", "/api/identity/me/email", json=body, token=token)

    async def confirm_address(self, secret: str, password: str, *, language: str = "fr") -> None:
        """Give the account the new address. Raises ServiceProblem 401 for the password, 409, 410 for the link."""
        body = {"token": secret, "password": password, "language": language}
        await self.call("POST", "/api/identity/email-changes", json=body)

    async def erase_me(self, password: str, *, token: str, language: str = "fr") -> None:
        """Erase one's account. Raises ServiceProblem 409 for the last admin, 422, 429."""
        body = {"password": password, "language": language}
        await self.call("POST", "/api/identity/me/erasure", json=body, token=token)

    async def show_picture(self, upload: bytes, *, token: str) -> Me:
        """Show oneself by a picture. Raises ServiceProblem 413, 422."""
        headers = {"Content-Type": "application/octet-stream"}
        return await self.send(Me, "PUT", "/api/identity/me/picture", data=upload, token=token, headers=headers)

    async def take_picture_away(self, *, token: str) -> Me:
        """Show oneself without a picture."""
        return await self.send(Me, "DELETE", "/api/identity/me/picture", token=token)

    async def picture(self, id: str, digest: str) -> bytes:
        """Somebody's picture, WebP. Raises ServiceProblem 404."""
        content: bytes = await self.call("GET", f"/api/identity/people/{id}/picture/{digest}", raw=True)
        return content

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
        """Accounts, for admins; ``q`` is how the address or the name begins."""
        params = {"q": q, "role": role, "suspended": "true" if suspended else None, "cursor": cursor, "limit": limit}
        return await self.get(AccountPage, "/api/identity/accounts", params=params, token=token)

    async def account(self, id: str, *, token: str) -> Account:
        """One account, for admins. Raises ServiceProblem 404."""
        return await self.get(Account, f"/api/identity/accounts/{id}", token=token)

    async def account_events(self, id: str, *, token: str, cursor: str | None = None) -> EventPage:
        """What was done to an account. Raises ServiceProblem 404."""
        return await self.get(EventPage, f"/api/identity/accounts/{id}/events", params={"cursor": cursor}, token=token)

    async def grant_role(self, id: str, role: str, *, version: int, token: str) -> Account:
        """Give a role. Raises ServiceProblem 404, 409, 412."""
        return await self._change("PUT", f"{id}/roles/{role}", version, token)

    async def take_role(self, id: str, role: str, *, version: int, token: str) -> Account:
        """Take a role. Raises ServiceProblem 404, 409 (the last admin), 412."""
        return await self._change("DELETE", f"{id}/roles/{role}", version, token)

    async def suspend(self, id: str, reason: str, *, version: int, token: str) -> Account:
        """Let somebody in no more. Raises ServiceProblem 404, 409 (the last admin), 412, 422."""
        return await self._change("PUT", f"{id}/suspension", version, token, {"reason": reason})

    async def lift_suspension(self, id: str, *, version: int, token: str) -> Account:
        """Let somebody in again. Raises ServiceProblem 404, 412."""
        return await self._change("DELETE", f"{id}/suspension", version, token)

    async def erase(self, id: str, *, version: int, token: str, language: str = "fr") -> None:
        """Erase an account because its owner asked for it. Raises ServiceProblem 404, 409 (the last admin), 412."""
        headers = if_match(version)
        body = {"language": language}
        await self.call("POST", f"/api/identity/accounts/{id}/erasure", json=body, token=token, headers=headers)

    async def _change(self, method: str, path: str, version: int, token: str, body: object = None) -> Account:
        headers = if_match(version)
        return await self.send(
            Account, method, f"/api/identity/accounts/{path}", json=body, token=token, headers=headers
        )

    async def profile(self, id: str) -> Profile:
        """A person's public profile. Raises ServiceProblem 404."""
        return await self.get(Profile, f"/api/identity/people/{id}")

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Raises ServiceProblem 401 when the pair is not right, 403 until `verify`, 429 when tried too often."""
        body = {"email": email, "password": password}
        return await self.send(SignedIn, "POST", "/api/identity/sessions", json=body)

    async def authorization_request(self, id: str) -> AuthorizationRequest:
        """What is asked for. Raises ServiceProblem 410 when it does not wait for an answer any more."""
        return await self.get(AuthorizationRequest, f"/api/identity/authorization-requests/{quote(id, safe='')}")

    async def sign_in_for(self, id: str, email: str, password: str) -> Onward:
        """Sign in to the site. Raises ServiceProblem 401, 403 until `verify`, 410 begin again, 429."""
        path = f"/api/identity/authorization-requests/{quote(id, safe='')}/sign-in"
        return await self.send(Onward, "POST", path, json={"email": email, "password": password})

    async def decide(self, id: str, *, granted: bool, token: str) -> Onward:
        """Give a client what it asks for, or not. Raises ServiceProblem 403 sign in again, 410."""
        path = f"/api/identity/authorization-requests/{quote(id, safe='')}/decision"
        return await self.send(Onward, "POST", path, json={"granted": granted}, token=token)

    async def outside_providers(self) -> OutsideProviders:
        """Through which other providers people may come in."""
        return await self.get(OutsideProviders, "/api/identity/outside-providers")

    async def set_out(self, id: str, browser: str, *, language: str = "fr") -> Onward:
        """Send a browser to the other provider, to sign in to the site. Raises ServiceProblem 404, 410, 424."""
        path = f"/api/identity/authorization-requests/{quote(id, safe='')}/outside"
        return await self.send(Onward, "POST", path, json={"browser": browser, "language": language})

    async def outside_return(
        self, browser: str, *, state: str, code: str, error: str, iss: str | None, token: str | None
    ) -> Landed:
        """What a browser came back with. Raises ServiceProblem 400, 403, 404, 409, 410, 424."""
        body = {"browser": browser, "state": state, "code": code, "error": error, "iss": iss}
        return await self.send(Landed, "POST", "/api/identity/outside-returns", json=body, token=token)

    async def arrival(self, browser: str) -> Arrival:
        """Who arrived in a browser. Raises ServiceProblem 410 when nobody did."""
        return await self.send(Arrival, "POST", "/api/identity/arrivals/current", json={"browser": browser})

    async def open_for_arrival(self, browser: str, display_name: str) -> Onward:
        """Open an account for who arrived. Raises ServiceProblem 409 when its address has one, 410, 422."""
        body = {"browser": browser, "display_name": display_name}
        return await self.send(Onward, "POST", "/api/identity/arrivals/account", json=body)

    async def prove_arrival(self, browser: str, email: str, password: str, *, language: str = "fr") -> Onward:
        """Link who arrived with an account. Raises ServiceProblem as `sign_in` does, and 409, 410."""
        body = {"browser": browser, "email": email, "password": password, "language": language}
        return await self.send(Onward, "POST", "/api/identity/arrivals/sign-in", json=body)

    async def mail_to_arrival(
        self, browser: str, email: str, display_name: str, *, language: str = "fr"
    ) -> MailOnItsWay:
        """Send the mail with the link for `confirm_arrival`. Raises ServiceProblem 410, 422."""
        body = {"browser": browser, "email": email, "display_name": display_name, "language": language}
        return await self.send(MailOnItsWay, "POST", "/api/identity/arrivals/mails", json=body)

    async def confirm_arrival(self, browser: str, secret: str, *, language: str = "fr") -> Onward:
        """Let in who arrived and reads that mail. Raises ServiceProblem 403, 409 (another browser), 410."""
        body = {"browser": browser, "token": secret, "language": language}
        return await self.send(Onward, "POST", "/api/identity/arrivals/confirmation", json=body)

    async def ways_in(self, *, token: str) -> WaysIn:
        """How one may sign in to one's account."""
        return await self.get(WaysIn, "/api/identity/me/outside-identities", token=token)

    async def set_out_to_link(self, browser: str, *, token: str, language: str = "fr") -> Onward:
        """Send one's browser to the other provider, to link. Raises ServiceProblem 403 sign in again, 404, 424."""
        body = {"browser": browser, "language": language}
        return await self.send(Onward, "POST", "/api/identity/me/outside-identities", json=body, token=token)

    async def unlink(self, id: str, *, token: str) -> None:
        """Unlink an identity. Raises ServiceProblem 403 sign in again, 404, 409 the only way in."""
        await self.call("DELETE", f"/api/identity/me/outside-identities/{id}", token=token)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """New tokens for a refresh token, which is used up by it. Raises ServiceProblem 401."""
        return await self.send(
            SignedIn, "POST", "/api/identity/sessions/refresh", json={"refresh_token": refresh_token}
        )

    async def sign_out(self, refresh_token: str) -> None:
        """End the session the refresh token belongs to; unknown tokens are fine."""
        await self.call("POST", "/api/identity/sessions/revoke", json={"refresh_token": refresh_token})

    async def me(self, token: str) -> Me:
        """The bearer's own account."""
        return await self.get(Me, "/api/identity/me", token=token)

    async def people(self, ids: list[str]) -> People:
        """Names of people, at most 100 ids a call."""
        return await self.get(People, "/api/identity/people", params={"id": ids})

    async def people_of_role(self, role: str, *, token: str, cursor: str | None = None) -> PeoplePage:
        """Who was given a role, for editors and admins. Raises ServiceProblem 403."""
        params = {"cursor": cursor, "limit": 100}
        return await self.get(PeoplePage, f"/api/identity/roles/{role}/people", token=token, params=params)

    async def jwks(self) -> dict[str, object]:
        """The public signing keys (RFC 7517)."""
        answer: dict[str, object] = await self.call("GET", "/api/identity/.well-known/jwks.json")
        return answer
