"""Tokens of clients: refreshed, revoked, mistaken for each other, forged."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from services.identity.commands import keys
from shared.auth.principal import Role
from shared.auth.tokens import ALGORITHM, CLIENT_AUDIENCE, ISSUER, USERINFO_AUDIENCE, InvalidToken
from tests.services.identity.oidc.provider import SCOPE, Client, ProviderUnderTest
from tests.services.identity.oidc.test_codes import error_of


def _header(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[0].encode()))
    return found


async def userinfo(provider: ProviderUnderTest, token: str) -> httpx.Response:
    return await provider.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})


async def test_a_refresh_token_shown_again_ends_the_whole_family(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    first = await client.tokens(person)
    second = (await client.refresh(first["refresh_token"])).json()
    third = (await client.refresh(second["refresh_token"])).json()
    assert len({one["refresh_token"] for one in (first, second, third)}) == 3

    assert error_of(await client.refresh(first["refresh_token"])) == "invalid_grant"

    assert error_of(await client.refresh(third["refresh_token"])) == "invalid_grant"


async def test_of_many_who_show_one_refresh_token_one_wins_and_the_family_ends(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    token = (await client.tokens(await provider.identity.join()))["refresh_token"]
    answers = await asyncio.gather(*(client.refresh(token) for _ in range(5)))
    won = [one.json() for one in answers if one.status_code == 200]
    assert len(won) == 1
    assert error_of(await client.refresh(won[0]["refresh_token"])) == "invalid_grant"


async def test_another_client_cannot_use_a_refresh_token_nor_harm_its_owner(provider: ProviderUnderTest) -> None:
    client, other = await provider.register(), await provider.register(name="Un autre")
    token = (await client.tokens(await provider.identity.join()))["refresh_token"]

    assert error_of(await other.refresh(token)) == "invalid_grant"
    assert error_of(await other.token(grant_type="refresh_token", refresh_token=token, client_id=client.id)) != ""
    revoked = await provider.http.post("/oauth/revoke", data={"token": token}, auth=(other.id, other.secret or ""))
    assert error_of(revoked) == "invalid_grant"
    assert (await provider.identity.refresh(token)).status_code == 401, "nor is it good where no client is asked for"
    await provider.http.post("/api/identity/sessions/revoke", json={"refresh_token": token})

    assert (await client.refresh(token)).status_code == 200


async def test_a_refresh_may_ask_for_less_and_not_for_more(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    tokens = (
        await client.exchange(await client.code(await provider.identity.join(), scope="openid offline_access"))
    ).json()

    assert error_of(await client.refresh(tokens["refresh_token"], scope="openid email")) == "invalid_scope"
    less = (await client.refresh(tokens["refresh_token"], scope="openid")).json()
    assert less["scope"] == "openid"
    assert (await client.refresh(less["refresh_token"])).json()["scope"] == "openid offline_access"


async def test_the_site_takes_over_sign_ins_that_no_client_began(provider: ProviderUnderTest) -> None:
    """A verified address and a changed password sign in without a code; from then on it is the site's as any other."""
    person = await provider.identity.join()
    plain = (await provider.identity.signed_in(person))["refresh_token"]
    client = await provider.register()
    assert error_of(await client.refresh(plain)) == "invalid_grant", "others cannot"

    tokens = (await provider.site.refresh(plain)).json()

    assert (await provider.identity.verifier().verify(tokens["access_token"])).id == person.id
    assert (await provider.identity.refresh(tokens["refresh_token"])).status_code == 401
    revoked = await provider.http.post(
        "/oauth/revoke", data={"token": tokens["refresh_token"]}, auth=(provider.site.id, provider.site.secret or "")
    )
    assert revoked.status_code == 200
    assert error_of(await provider.site.refresh(tokens["refresh_token"])) == "invalid_grant"


async def test_revoking_ends_the_family_and_unknown_tokens_are_fine(provider: ProviderUnderTest) -> None:
    client = await provider.register()
    first = await client.tokens(await provider.identity.join())
    second = (await client.refresh(first["refresh_token"])).json()

    async def revoke(**form: str) -> httpx.Response:
        return await provider.http.post("/oauth/revoke", data=form, auth=(client.id, client.secret or ""))

    assert (await revoke(token="a token nobody has", token_type_hint="access_token")).status_code == 200
    assert error_of(await revoke()) == "invalid_request"
    assert (await revoke(token=second["refresh_token"])).status_code == 200
    assert error_of(await client.refresh(second["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize("secret", ["wrong", "", "é", "x" * 5000])
async def test_a_client_without_its_secret_gets_nothing(provider: ProviderUnderTest, secret: str) -> None:
    client = await provider.register()
    tokens = await client.tokens(await provider.identity.join())
    posing = Client(provider, client.id, secret or None, verifier=client.verifier)
    for form in (
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        {"grant_type": "client_credentials"},
    ):
        answer = await posing.token(**form)
        assert error_of(answer) == "invalid_client"
        by_post = await posing.token(auth=False, **form, client_id=client.id, client_secret=secret)
        assert error_of(by_post) == "invalid_client"
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Basic")
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("header", ["Basic", "Basic é", "Basic AAAA", "Basic %%%", "Basic gIGC", "Bearer x"])
async def test_a_header_that_says_nothing_is_refused(provider: ProviderUnderTest, header: str) -> None:
    answer = await provider.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers=[(b"Authorization", header.encode("latin-1"))],
    )
    assert error_of(answer) == "invalid_client"


async def test_a_public_client_needs_no_secret_and_acts_for_people_alone(provider: ProviderUnderTest) -> None:
    client = await provider.register(public=True)
    tokens = await client.tokens(await provider.identity.join())
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200
    assert error_of(await client.token(grant_type="client_credentials")) == "invalid_client"


async def test_a_client_that_signs_people_in_does_not_act_for_itself_and_the_other_way_round(
    provider: ProviderUnderTest,
) -> None:
    client = await provider.register()
    assert error_of(await client.token(grant_type="client_credentials")) == "unauthorized_client"
    itself = await provider.register(redirect_uris=[], scopes=["archive:read"], itself=True)
    assert error_of(await itself.exchange("a code")) == "unauthorized_client"
    assert error_of(await itself.token(grant_type="client_credentials", scope="archive:write")) == "invalid_scope"
    assert error_of(await itself.token(grant_type="client_credentials", scope="demain")) == "invalid_scope"
    both = await provider.register(scopes=["openid", "archive:read"], itself=True)
    assert error_of(await both.token(grant_type="client_credentials", scope="openid")) == "invalid_scope"
    assert (await both.token(grant_type="client_credentials")).json()["scope"] == "archive:read"


async def test_each_token_is_taken_for_what_it_is_and_nothing_else(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join(Role.ADMIN)
    itself = await provider.register(redirect_uris=[], scopes=["archive:read"], itself=True)
    lent = await client.tokens(person)
    own = (await itself.token(grant_type="client_credentials")).json()["access_token"]
    plain = (await provider.identity.signed_in(person))["access_token"]
    verifier = provider.identity.verifier()
    good_for = {
        "lent": (lent["access_token"], USERINFO_AUDIENCE),
        "own": (own, CLIENT_AUDIENCE),
        "plain": (plain, "demain"),
        "id": (lent["id_token"], None),
        "refresh": (lent["refresh_token"], None),
    }
    for name, (token, meant) in good_for.items():
        for audience in ("demain", USERINFO_AUDIENCE, CLIENT_AUDIENCE):
            if audience == meant:
                assert await verifier.claims(token, audience)
            else:
                with pytest.raises(InvalidToken):
                    await verifier.claims(token, audience)
        asked = {
            "/oauth/userinfo": 200 if meant == USERINFO_AUDIENCE else 401,
            "/api/identity/me": 200 if meant == "demain" else 401,
        }
        for path, status in asked.items():
            answer = await provider.http.get(path, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status, (name, path)
    for token in (lent["access_token"], own, plain):
        with pytest.raises(ValueError, match="alg"):
            _id_token_checked(token, await provider.identity.key_set())


def _id_token_checked(token: str, key_set: dict[str, Any]) -> None:
    """As a client checks an ID token: with RS256 alone. Raises ValueError."""
    try:
        jwt.decode(token, KeySet.import_key_set(key_set), algorithms=["RS256"])  # type: ignore[arg-type]
    except JoseError as error:
        raise ValueError(f"alg: {error}") from error


async def test_userinfo_says_how_it_wants_to_be_asked(provider: ProviderUnderTest) -> None:
    nothing = await provider.http.get("/oauth/userinfo")
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, 'Bearer realm="demain"')
    client, person = await provider.register(), await provider.identity.join()
    token = (await client.tokens(person))["access_token"]
    posted = await provider.http.post("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert posted.json() == {"sub": str(person.id), "name": person.name, "email": person.email, "email_verified": True}
    await provider.identity.change("DELETE FROM account")
    gone = await userinfo(provider, token)
    assert gone.status_code == 401 and 'error="invalid_token"' in gone.headers["www-authenticate"]


async def _signing(provider: ProviderUnderTest) -> tuple[dict[str, Any], dict[str, Any], ECKey, RSAKey]:
    """Header and claims of a good token for userinfo, and the keys that sign."""
    person = await provider.identity.join()
    async with provider.identity.service.database.transaction() as session:
        row = await keys.for_id_tokens(session)
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": USERINFO_AUDIENCE, "sub": str(person.id), "iat": now, "exp": now + 60, "scope": SCOPE,
    }  # fmt: skip
    header = {"alg": ALGORITHM, "kid": row.kid, "typ": "at+jwt"}
    return header, claims, ECKey.import_key(row.private_jwk or {}), RSAKey.import_key(row.rsa_private_jwk or {})


async def test_forged_tokens_are_refused(provider: ProviderUnderTest) -> None:
    header, claims, key, rsa = await _signing(provider)
    assert (await userinfo(provider, jwt.encode(header, claims, key))).status_code == 200, "made from a good one"

    body = urlsafe_b64encode(json.dumps(claims).encode())
    parts = {
        alg: urlsafe_b64encode(json.dumps(header | {"alg": alg}).encode()) + b"." + body for alg in ("none", "HS256")
    }
    public = [key.as_pem(private=False), rsa.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()]
    forged = {
        "unsigned": (parts["none"] + b".").decode(),
        "expired": jwt.encode(header, claims | {"exp": int(time.time()) - 60}, key),
        "of a foreign key": jwt.encode(header, claims, ECKey.generate_key("P-256")),
        "of an unknown key": jwt.encode(header | {"kid": "another"}, claims, ECKey.generate_key("P-256")),
        "of the key of ID tokens": jwt.encode(
            header | {"alg": "RS256", "kid": rsa.kid or ""}, claims, rsa, algorithms=["RS256"]
        ),
        "for somebody else": jwt.encode(header, claims | {"aud": "https://elsewhere.example"}, key),
        "by somebody else": jwt.encode(header, claims | {"iss": provider.issuer}, key),
        **{
            f"with a public key as secret {number}": b".".join(
                [parts["HS256"], urlsafe_b64encode(hmac.digest(secret, parts["HS256"], "sha256"))]
            ).decode()
            for number, secret in enumerate(public)
        },
    }
    for name, token in forged.items():
        assert (await userinfo(provider, token)).status_code == 401, name


async def _rotate(provider: ProviderUnderTest) -> None:
    answer = await provider.identity.http.post(
        "/api/identity/keys/rotation",
        headers={"Authorization": "Bearer " + await _admin(provider)},
    )
    assert answer.status_code == 200, answer.text


async def _admin(provider: ProviderUnderTest) -> str:
    admin = await provider.identity.join(Role.ADMIN)
    return str((await provider.identity.signed_in(admin))["access_token"])


async def test_keys_rotate_and_nobody_is_signed_out(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    before = await client.tokens(person)
    known = await provider.identity.key_set()
    assert [one["alg"] for one in known["keys"]] == ["ES256", "RS256"] * 2

    await _rotate(provider)
    after = await client.tokens(person)

    assert _header(before["id_token"])["kid"] != _header(after["id_token"])["kid"]
    for tokens in (before, after):
        _id_token_checked(tokens["id_token"], known)  # who asked for the keys before knows the new one already
        assert (await userinfo(provider, tokens["access_token"])).status_code == 200
    assert (await client.refresh(before["refresh_token"])).status_code == 200
    [retired] = await provider.identity.rows("SELECT * FROM signing_key WHERE state = 'retired'")
    assert retired.private_jwk is None and retired.rsa_private_jwk is None
    assert "d" not in retired.rsa_public_jwk

    await provider.identity.change("UPDATE signing_key SET drop_at = now() WHERE state = 'retired'")
    with pytest.raises(ValueError, match="alg"):
        _id_token_checked(before["id_token"], await provider.identity.key_set())
    _id_token_checked(after["id_token"], await provider.identity.key_set())


async def test_only_digests_of_secrets_are_kept(provider: ProviderUnderTest) -> None:
    client, person = await provider.register(), await provider.identity.join()
    waiting = await provider.demand(client.request())
    used, unused = await client.code(person), await client.code(person)
    tokens = (await client.exchange(used)).json()
    kept = ""
    for (table,) in await provider.identity.rows("SELECT relname FROM pg_stat_user_tables"):
        kept += "".join(str(one) for one in await provider.identity.rows(f'SELECT t::text FROM "{table}" t'))
    assert client.id in kept
    for secret in (
        client.secret or "",
        waiting,
        used,
        unused,
        *(tokens[one] for one in tokens if one.endswith("token")),
    ):
        assert secret and secret not in kept
        assert secret.encode().hex() not in kept, "nor as bytes"


async def test_discovery_says_what_is_there(provider: ProviderUnderTest) -> None:
    found = (await provider.http.get("/.well-known/openid-configuration")).json()
    assert found["issuer"] == provider.issuer
    for name, address in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert address.startswith(provider.issuer)
            assert (await provider.http.get(urlsplit(address).path)).status_code != 404
