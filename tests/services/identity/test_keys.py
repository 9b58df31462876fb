"""Signing keys and their rotation, and tokens that somebody else made."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from services.identity.commands import keys
from shared.auth.principal import Role
from shared.auth.tokens import ALGORITHM, AUDIENCE, ISSUER, InvalidToken, TokenVerifier
from tests.services.identity.people import IdentityUnderTest


def _kid(token: str) -> str:
    header = token.split(".")[0]
    return str(json.loads(urlsafe_b64decode(header.encode()))["kid"])


async def _rotate(identity: IdentityUnderTest) -> list[dict[str, Any]]:
    answer = await identity.http.post("/api/identity/keys/rotation", headers=identity.service.someone(Role.ADMIN))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_the_key_set_holds_public_keys_and_may_be_kept(identity: IdentityUnderTest) -> None:
    answer = await identity.http.get("/api/identity/.well-known/jwks.json")

    assert answer.headers["cache-control"] == "public, max-age=300"
    assert len(answer.json()["keys"]) == 2
    for key in answer.json()["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["crv"], key["alg"], key["use"]) == ("P-256", "ES256", "sig")


async def test_those_who_need_the_first_key_at_once_find_the_same(identity: IdentityUnderTest) -> None:
    sets = await asyncio.gather(*(identity.key_set() for _ in range(6)))

    assert len({json.dumps(one) for one in sets}) == 1
    assert await identity.rows("SELECT state FROM signing_key ORDER BY state") == [("active",), ("next",)]


async def test_rotation_keeps_old_tokens_good_and_the_new_ones_are_known_already(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    asked: list[int] = []

    async def fetch() -> dict[str, Any]:
        asked.append(1)
        return await identity.key_set()

    verifier = TokenVerifier(fetch)
    old = await identity.signed_in(person)
    await verifier.verify(old["access_token"])

    published = await _rotate(identity)
    new = (await identity.refresh(old["refresh_token"])).json()

    assert [one["state"] for one in published] == ["retired", "active", "next"]
    assert [_kid(one["access_token"]) for one in (old, new)] == [one["kid"] for one in published[:2]]
    assert (await verifier.verify(new["access_token"])).id == person.id
    assert (await verifier.verify(old["access_token"])).id == person.id
    assert len(asked) == 1, "the next key was in the set before it signed"
    assert (await identity.verifier().verify(old["access_token"])).id == person.id, "also for who asks only now"


async def test_a_retired_key_cannot_sign_and_is_dropped_when_its_last_token_has_expired(
    identity: IdentityUnderTest,
) -> None:
    await identity.key_set()
    [retired, *_] = await _rotate(identity)
    [row] = await identity.rows("SELECT *, drop_at - now() AS left FROM signing_key WHERE state = 'retired'")
    assert row.private_jwk is None
    assert "d" not in row.public_jwk
    assert 300 < row.left.total_seconds() < 600

    await identity.change("UPDATE signing_key SET drop_at = now() WHERE state = 'retired'")
    assert retired["kid"] not in {one["kid"] for one in (await identity.key_set())["keys"]}
    await _rotate(identity)
    assert retired["kid"] not in {one.kid for one in await identity.rows("SELECT kid FROM signing_key")}


async def test_rotations_at_once_come_one_after_the_other(identity: IdentityUnderTest) -> None:
    await identity.key_set()

    await asyncio.gather(*(_rotate(identity) for _ in range(4)))

    states = [one.state for one in await identity.rows("SELECT state FROM signing_key ORDER BY state")]
    assert states == ["active", "next", "retired", "retired", "retired", "retired"]


async def _claims(identity: IdentityUnderTest) -> tuple[dict[str, Any], dict[str, Any], ECKey]:
    """Header and claims of a good token, and the key that signs."""
    person = await identity.join()
    async with identity.service.database.transaction() as session:
        row = await keys.active(session)
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(person.id), "iat": now, "exp": now + 60, "roles": ["admin"]}
    return {"alg": ALGORITHM, "kid": row.kid, "typ": "at+jwt"}, claims, ECKey.import_key(row.private_jwk or {})


async def test_what_the_attacks_are_made_from_is_a_good_token(identity: IdentityUnderTest) -> None:
    header, claims, key = await _claims(identity)

    assert Role.ADMIN in (await identity.verifier().verify(jwt.encode(header, claims, key))).roles


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": None},
        {"sub": None},
        {"sub": "not-an-id"},
    ],
)
async def test_a_token_that_says_something_else_is_refused(identity: IdentityUnderTest, change: dict[str, Any]) -> None:
    header, claims, key = await _claims(identity)
    told = {name: value for name, value in (claims | change).items() if value is not None}

    with pytest.raises(InvalidToken):
        await identity.verifier().verify(jwt.encode(header, told, key))


async def test_a_token_of_another_kind_is_refused(identity: IdentityUnderTest) -> None:
    """An ID token of the same issuer lets nobody in (RFC 9068, section 4)."""
    header, claims, key = await _claims(identity)

    for typ in ("JWT", None):
        other = {name: value for name, value in (header | {"typ": typ}).items() if value is not None}
        with pytest.raises(InvalidToken):
            await identity.verifier().verify(jwt.encode(other, claims, key))


@pytest.mark.parametrize("spelling", ["none", "None", "NONE"])
async def test_a_token_that_is_not_signed_is_refused(identity: IdentityUnderTest, spelling: str) -> None:
    header, claims, _ = await _claims(identity)
    parts = [urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (header | {"alg": spelling}, claims)]

    for signature in ("", "AAAA"):
        with pytest.raises(InvalidToken):
            await identity.verifier().verify(".".join([*parts, signature]))


async def test_the_public_key_is_no_shared_secret(identity: IdentityUnderTest) -> None:
    header, claims, key = await _claims(identity)
    parts = [urlsafe_b64encode(json.dumps(one).encode()) for one in (header | {"alg": "HS256"}, claims)]
    public = json.dumps(key.as_dict(private=False)).encode()
    for secret in (key.as_pem(private=False), key.as_der(private=False), public):
        signature = hmac.digest(secret, b".".join(parts), "sha256")
        with pytest.raises(InvalidToken):
            await identity.verifier().verify(b".".join([*parts, urlsafe_b64encode(signature)]).decode())


async def test_a_foreign_key_signs_nothing_here_whatever_it_is_called(identity: IdentityUnderTest) -> None:
    header, claims, _ = await _claims(identity)
    foreign = ECKey.generate_key("P-256")
    embedded = header | {"jwk": foreign.as_dict(private=False), "jku": "https://evil.example/jwks.json"}
    rsa = RSAKey.generate_key(2048)
    forged = [
        jwt.encode(header, claims, foreign),
        jwt.encode(header | {"kid": "another"}, claims, foreign),
        jwt.encode({name: value for name, value in header.items() if name != "kid"}, claims, foreign),
        jwt.encode(embedded, claims, foreign),
        jwt.encode(header | {"alg": "RS256"}, claims, rsa, algorithms=["RS256"]),
    ]
    for token in forged:
        with pytest.raises(InvalidToken):
            await identity.verifier().verify(token)


async def test_the_route_refuses_what_the_verifier_refuses(identity: IdentityUnderTest) -> None:
    identity.service.resources.tokens = identity.verifier()
    header, claims, key = await _claims(identity)
    good, forged = jwt.encode(header, claims, key), jwt.encode(header, claims, ECKey.generate_key("P-256"))

    for token, status in ((good, 200), (forged, 401)):
        answer = await identity.http.get("/api/identity/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
        assert token not in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
