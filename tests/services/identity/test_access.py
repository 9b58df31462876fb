"""Every route × every role, against a written table of who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from services.identity.commands import federation
from services.identity.outside.provider import OutsideProvider, Vouched
from services.identity.service import SERVICE
from services.identity.tokens import digest_of
from shared.auth.principal import Role
from shared.http.access import rule_of
from shared.settings import Settings
from shared.storage.identifiers import new_id
from tests.services.identity.oidc.provider import Client, ProviderUnderTest
from tests.services.identity.people import PASSWORD, IdentityUnderTest, Person, an_image

ANONYMOUS = "anonymous"
EVERYBODY = (ANONYMOUS, *Role)
ACCOUNTS = tuple(Role)
ADMINS = (Role.ADMIN,)
EDITORIAL = (Role.ADMIN, Role.EDITOR)
ITSELF = ("by itself", *EVERYBODY)
"""Who a person is plays no part: what counts is the client and its secret, or the token it was given (`oidc/`)."""

TABLE: dict[str, tuple[tuple[str, ...], int]] = {
    # route: (who may, what they are answered)
    "GET /api/identity/.well-known/jwks.json": (EVERYBODY, 200),
    "GET /api/identity/people": (EVERYBODY, 200),
    "GET /api/identity/people/{id}": (EVERYBODY, 200),
    "GET /api/identity/roles/{role}/people": (EDITORIAL, 200),
    "POST /api/identity/accounts": (EVERYBODY, 202),
    "POST /api/identity/verifications": (EVERYBODY, 200),
    "POST /api/identity/verifications/mails": (EVERYBODY, 202),
    "POST /api/identity/resets": (EVERYBODY, 204),
    "POST /api/identity/resets/mails": (EVERYBODY, 202),
    "POST /api/identity/sessions": (EVERYBODY, 200),
    "POST /api/identity/sessions/refresh": (EVERYBODY, 200),
    "POST /api/identity/sessions/revoke": (EVERYBODY, 204),
    "GET /.well-known/openid-configuration": (ITSELF, 200),
    "GET /oauth/authorize": (ITSELF, 303),
    "POST /oauth/authorize": (ITSELF, 303),
    "POST /oauth/token": (ITSELF, 200),
    "POST /oauth/revoke": (ITSELF, 200),
    "GET /oauth/userinfo": (ITSELF, 200),
    "POST /oauth/userinfo": (ITSELF, 200),
    "GET /api/identity/authorization-requests/{id}": (EVERYBODY, 200),
    "POST /api/identity/authorization-requests/{id}/sign-in": (EVERYBODY, 200),
    "POST /api/identity/authorization-requests/{id}/decision": (ACCOUNTS, 200),
    "GET /api/identity/outside-providers": (EVERYBODY, 200),
    "POST /api/identity/authorization-requests/{id}/outside": (EVERYBODY, 200),
    "POST /api/identity/outside-returns": (EVERYBODY, 200),
    "POST /api/identity/arrivals/current": (EVERYBODY, 200),
    "POST /api/identity/arrivals/account": (EVERYBODY, 200),
    "POST /api/identity/arrivals/sign-in": (EVERYBODY, 200),
    "POST /api/identity/arrivals/mails": (EVERYBODY, 202),
    "POST /api/identity/arrivals/confirmation": (EVERYBODY, 200),
    "GET /api/identity/me/outside-identities": (ACCOUNTS, 200),
    "POST /api/identity/me/outside-identities": (ACCOUNTS, 200),
    "DELETE /api/identity/me/outside-identities/{id}": (ACCOUNTS, 204),
    "GET /api/identity/me": (ACCOUNTS, 200),
    "PATCH /api/identity/me": (ACCOUNTS, 200),
    "POST /api/identity/me/password": (ACCOUNTS, 200),
    "POST /api/identity/me/email": (ACCOUNTS, 202),
    "POST /api/identity/email-changes": (EVERYBODY, 204),
    "POST /api/identity/me/erasure": (ACCOUNTS, 204),
    "PUT /api/identity/me/picture": (ACCOUNTS, 200),
    "DELETE /api/identity/me/picture": (ACCOUNTS, 200),
    "GET /api/identity/people/{id}/picture/{digest}": (EVERYBODY, 200),
    "GET /api/identity/accounts": (ADMINS, 200),
    "GET /api/identity/accounts/{id}": (ADMINS, 200),
    "PUT /api/identity/accounts/{id}/roles/{role}": (ADMINS, 200),
    "DELETE /api/identity/accounts/{id}/roles/{role}": (ADMINS, 200),
    "GET /api/identity/accounts/{id}/events": (ADMINS, 200),
    "PUT /api/identity/accounts/{id}/suspension": (ADMINS, 200),
    "DELETE /api/identity/accounts/{id}/suspension": (ADMINS, 200),
    "POST /api/identity/accounts/{id}/erasure": (ADMINS, 204),
    "POST /api/identity/keys/rotation": (ADMINS, 200),
}


@dataclass
class Asking:
    """What the requests are made from."""

    identity: IdentityUnderTest
    headers: dict[str, str]
    other: Person

    async def send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return await self.identity.http.request(method, path, headers={**self.headers, "If-Match": "*"}, **sent)


async def _token(asking: Asking) -> dict[str, str]:
    return {"refresh_token": (await asking.identity.signed_in(asking.other))["refresh_token"]}


def _plain(method: str, path: str, **sent: Any) -> Callable[[Asking], Awaitable[httpx.Response]]:
    async def send(asking: Asking) -> httpx.Response:
        return await asking.send(method, path.format(id=asking.other.id, role="reviewer"), **sent)

    return send


async def _sign_in(asking: Asking) -> httpx.Response:
    return await asking.send("POST", "/api/identity/sessions", json={"email": asking.other.email, "password": PASSWORD})


async def _refresh(asking: Asking) -> httpx.Response:
    return await asking.send("POST", "/api/identity/sessions/refresh", json=await _token(asking))


async def _revoke(asking: Asking) -> httpx.Response:
    return await asking.send("POST", "/api/identity/sessions/revoke", json=await _token(asking))


async def _verify(asking: Asking) -> httpx.Response:
    await asking.identity.sign_up("new@demain.example")
    secret = await asking.identity.secret_of("verification")
    body = {"token": secret, "password": PASSWORD}
    answer = await asking.send("POST", "/api/identity/verifications", json=body)
    await asking.identity.change("DELETE FROM account WHERE email = 'new@demain.example'")
    await asking.identity.change("DELETE FROM attempt")
    return answer


async def _reset(asking: Asking) -> httpx.Response:
    await asking.identity.http.post("/api/identity/resets/mails", json={"email": asking.other.email})
    secret = await asking.identity.secret_of("nouveau-mot-de-passe")
    answer = await asking.send("POST", "/api/identity/resets", json={"token": secret, "password": PASSWORD + "!"})
    await asking.identity.post()
    await asking.identity.change("DELETE FROM attempt")
    return answer


async def _address(asking: Asking) -> httpx.Response:
    body = {"password": PASSWORD, "email": "newer@demain.example"}
    await asking.identity.http.post("/api/identity/me/email", json=body, headers=asking.other.headers)
    secret = await asking.identity.secret_of("nouvelle-adresse")
    answer = await asking.send("POST", "/api/identity/email-changes", json={"token": secret, "password": PASSWORD})
    await asking.identity.change("UPDATE account SET email = :email WHERE id = :id", email=asking.other.email,
                                 id=asking.other.id)  # fmt: skip
    await asking.identity.post()
    await asking.identity.change("DELETE FROM attempt")
    return answer


async def _show_picture(asking: Asking) -> httpx.Response:
    return await asking.send("PUT", "/api/identity/me/picture", content=an_image())


async def _see_picture(asking: Asking) -> httpx.Response:
    shown = await asking.identity.http.put("/api/identity/me/picture", content=an_image(), headers=asking.other.headers)
    digest = shown.json()["picture"]
    return await asking.send("GET", f"/api/identity/people/{asking.other.id}/picture/{digest}")


async def _erase(asking: Asking) -> httpx.Response:
    victim = await asking.identity.join()
    return await asking.send("POST", f"/api/identity/accounts/{victim.id}/erasure", json={})


async def _erase_own(asking: Asking) -> httpx.Response:
    # Somebody stays who can do it: the last admin may not go.
    await asking.identity.join(Role.ADMIN)
    return await asking.send("POST", "/api/identity/me/erasure", json={"password": PASSWORD})


async def _client(asking: Asking) -> Client:
    asking.identity.service.resources.site_url = "http://demain.test"
    asking.identity.service.resources.own.clear()
    return await ProviderUnderTest(asking.identity, asking.identity.http, "http://demain.test").register()


async def _authorize(asking: Asking) -> httpx.Response:
    return await asking.send("GET", "/oauth/authorize", params=(await _client(asking)).request())


async def _authorize_by_form(asking: Asking) -> httpx.Response:
    return await asking.send("POST", "/oauth/authorize", data=(await _client(asking)).request())


async def _exchange(asking: Asking) -> httpx.Response:
    client = await _client(asking)
    form = {
        "grant_type": "authorization_code", "code": await client.code(asking.other), "code_verifier": client.verifier,
        "redirect_uri": client.redirect_uri, "client_id": client.id, "client_secret": client.secret,
    }  # fmt: skip
    return await asking.send("POST", "/oauth/token", data=form)


async def _revoke_lent(asking: Asking) -> httpx.Response:
    client = await _client(asking)
    form = {"token": "a token", "client_id": client.id, "client_secret": client.secret}
    return await asking.send("POST", "/oauth/revoke", data=form)


def _userinfo(method: str) -> Callable[[Asking], Awaitable[httpx.Response]]:
    async def send(asking: Asking) -> httpx.Response:
        token = (await (await _client(asking)).tokens(asking.other))["access_token"]
        return await asking.identity.http.request(
            method, "/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}
        )

    return send


async def _read_request(asking: Asking) -> httpx.Response:
    client = await _client(asking)
    id = await client.provider.demand(client.request())
    return await asking.send("GET", f"/api/identity/authorization-requests/{id}")


async def _sign_in_for(asking: Asking) -> httpx.Response:
    site = (await _client(asking)).provider.site
    id = await site.provider.demand(site.request())
    body = {"email": asking.other.email, "password": PASSWORD}
    return await asking.send("POST", f"/api/identity/authorization-requests/{id}/sign-in", json=body)


async def _decide(asking: Asking) -> httpx.Response:
    client = await _client(asking)
    id = await client.provider.demand(client.request())
    return await asking.send("POST", f"/api/identity/authorization-requests/{id}/decision", json={"granted": True})


class _NextDoor(OutsideProvider):
    """Another provider of which everything is known, and that vouches for whoever it is asked about."""

    def __init__(self, subject: str, **told: Any) -> None:
        super().__init__("https://next.example", "forum", "secret", "")
        self._who = Vouched(self.issuer, subject, datetime.now(UTC), **told)

    async def address_for(self, *_: Any, **__: Any) -> str:
        return "https://next.example/authorize"

    async def is_away(self) -> bool:
        return False

    async def check_issuer(self, told: str | None) -> None: ...

    async def vouch(self, *_: Any, **__: Any) -> Vouched:
        return self._who


BROWSER = "a browser with a secret of its own"


def _next_door(asking: Asking, **told: Any) -> None:
    resources = asking.identity.service.resources
    resources.settings = Settings(oidc_issuer="https://next.example", oidc_client_id="forum")
    resources.own["outside provider"] = _NextDoor(str(new_id()), **told)


async def _set_out(asking: Asking) -> httpx.Response:
    site = (await _client(asking)).provider.site
    _next_door(asking)
    id = await site.provider.demand(site.request())
    return await asking.send("POST", f"/api/identity/authorization-requests/{id}/outside", json={"browser": BROWSER})


async def _departed(asking: Asking, **told: Any) -> dict[str, str]:
    site = (await _client(asking)).provider.site
    _next_door(asking, **told)
    id = await site.provider.demand(site.request())
    async with asking.identity.service.database.transaction() as session:
        kept = await federation.depart(session, BROWSER, "https://next.example", "fr", request_digest=digest_of(id))
    return {"browser": BROWSER, "state": kept.state, "code": "c"}


async def _come_back(asking: Asking) -> httpx.Response:
    return await asking.send("POST", "/api/identity/outside-returns", json=await _departed(asking))


async def _arrive(asking: Asking, **told: Any) -> None:
    back = await _departed(asking, **told)
    assert (await asking.identity.http.post("/api/identity/outside-returns", json=back)).status_code == 200


def _arrived(what: str, **sent: Any) -> Callable[[Asking], Awaitable[httpx.Response]]:
    async def send(asking: Asking) -> httpx.Response:
        await _arrive(asking, email=f"{new_id().hex}@demain.example", email_verified=True)
        given = {name: value(asking) if callable(value) else value for name, value in sent.items()}
        answer = await asking.send("POST", f"/api/identity/arrivals/{what}", json={"browser": BROWSER, **given})
        await asking.identity.change("DELETE FROM attempt")
        return answer

    return send


async def _confirm_arrival(asking: Asking) -> httpx.Response:
    await _arrive(asking)
    wanted = {"browser": BROWSER, "email": f"{new_id().hex}@demain.example", "display_name": "Nouveau"}
    await asking.identity.post()
    await asking.identity.http.post("/api/identity/arrivals/mails", json=wanted)
    secret = await asking.identity.secret_of("connexion/ailleurs/confirmation")
    body = {"browser": BROWSER, "token": secret}
    return await asking.send("POST", "/api/identity/arrivals/confirmation", json=body)


async def _set_out_to_link(asking: Asking) -> httpx.Response:
    _next_door(asking)
    return await asking.send("POST", "/api/identity/me/outside-identities", json={"browser": BROWSER})


async def _unlink(asking: Asking) -> httpx.Response:
    # Of somebody else; of one's own it is 204, and so it is given to whoever asks.
    [[id]] = await asking.identity.rows("SELECT gen_random_uuid()")
    await asking.identity.change(
        "INSERT INTO federated_identity (id, issuer, subject, account_id, linked_at, used_at)"
        " SELECT :id, 'https://next.example', :subject, id, now(), now() FROM account ORDER BY id DESC LIMIT 1",
        id=id, subject=str(id),
    )  # fmt: skip
    return await asking.send("DELETE", f"/api/identity/me/outside-identities/{id}")


_BODIES: dict[str, Any] = {
    "POST /api/identity/accounts": {"email": "new@demain.example", "password": PASSWORD, "display_name": "Nouveau"},
    "POST /api/identity/verifications/mails": {"email": "new@demain.example"},
    "POST /api/identity/resets/mails": {"email": "new@demain.example"},
    "POST /api/identity/me/password": {"present": PASSWORD, "password": PASSWORD + "!"},
    "PATCH /api/identity/me": {"display_name": "Autrement"},
    "POST /api/identity/me/email": {"password": PASSWORD, "email": "newer@demain.example"},
    "PUT /api/identity/accounts/{id}/suspension": {"reason": "Des messages vendus."},
}
_OWN = {
    "POST /api/identity/verifications": _verify,
    "POST /api/identity/resets": _reset,
    "POST /api/identity/email-changes": _address,
    "PUT /api/identity/me/picture": _show_picture,
    "GET /api/identity/people/{id}/picture/{digest}": _see_picture,
    "POST /api/identity/me/erasure": _erase_own,
    "POST /api/identity/accounts/{id}/erasure": _erase,
    "POST /api/identity/sessions": _sign_in,
    "POST /api/identity/sessions/refresh": _refresh,
    "POST /api/identity/sessions/revoke": _revoke,
    "GET /oauth/authorize": _authorize,
    "POST /oauth/authorize": _authorize_by_form,
    "POST /oauth/token": _exchange,
    "POST /oauth/revoke": _revoke_lent,
    "GET /oauth/userinfo": _userinfo("GET"),
    "POST /oauth/userinfo": _userinfo("POST"),
    "POST /api/identity/authorization-requests/{id}/outside": _set_out,
    "POST /api/identity/outside-returns": _come_back,
    "POST /api/identity/arrivals/current": _arrived("current"),
    "POST /api/identity/arrivals/account": _arrived("account", display_name="Nouveau"),
    "POST /api/identity/arrivals/sign-in": _arrived("sign-in", email=lambda one: one.other.email, password=PASSWORD),
    "POST /api/identity/arrivals/mails": _arrived("mails", email="n@demain.example", display_name="Nouveau"),
    "POST /api/identity/arrivals/confirmation": _confirm_arrival,
    "POST /api/identity/me/outside-identities": _set_out_to_link,
    "DELETE /api/identity/me/outside-identities/{id}": _unlink,
    "GET /api/identity/authorization-requests/{id}": _read_request,
    "POST /api/identity/authorization-requests/{id}/sign-in": _sign_in_for,
    "POST /api/identity/authorization-requests/{id}/decision": _decide,
}


def _routes() -> dict[str, APIRoute]:
    return {
        f"{method} {context.path}": context.original_route
        for context in iter_route_contexts(SERVICE.router.routes)
        for method in sorted(context.methods or ())
        if isinstance(context.original_route, APIRoute)
    }


def test_every_route_is_in_the_table() -> None:
    assert set(_routes()) == set(TABLE)


@pytest.mark.parametrize("route", TABLE)
def test_every_route_declares_what_the_table_says(route: str) -> None:
    who, _ = TABLE[route]
    rules = {
        EVERYBODY: "anyone",
        ITSELF: "by-itself",
        ACCOUNTS: "signed-in",
        ADMINS: "role:admin",
        EDITORIAL: "role:admin|editor",
    }
    assert rule_of(_routes()[route]) == rules[who]


@pytest.mark.parametrize("route", TABLE)
async def test_who_may_call_a_route(identity: IdentityUnderTest, route: str) -> None:
    who, status = TABLE[route]
    method, path = route.split(" ")
    send = _OWN.get(route) or _plain(method, path, json=_BODIES.get(route))
    other = await identity.join(Role.REVIEWER)
    if "oauth" in route or "authorization-requests" in route:
        identity.trust_both_issuers()
    for role in EVERYBODY:
        granted = [] if role in {ANONYMOUS, Role.CITIZEN} else [Role(role)]
        headers = {} if role == ANONYMOUS else (await identity.join(*granted)).headers
        answer = await send(Asking(identity, headers, other))
        refused = 401 if role == ANONYMOUS else 403
        assert answer.status_code == (status if role in who else refused), f"{route} as {role}: {answer.text}"
