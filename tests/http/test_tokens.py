"""Access tokens: what proves who somebody is, and what does not."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc.jwk import ECKey

from shared.auth import tokens
from shared.auth.principal import Role
from shared.auth.tokens import InvalidToken, KeysUnavailable, TokenVerifier
from shared.clients.base import ServiceDown
from shared.storage.identifiers import new_id
from tests.support.tokens import TestIssuer
from tests.support.waiting import eventually

PERSON = new_id()


class Clock:
    """Stands for `time.monotonic` in the verifier."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Identity:
    """Identity's key endpoint, which counts the questions and may be away."""

    def __init__(self, issuer: TestIssuer) -> None:
        self.issuer = issuer
        self.asked = 0
        self.away = False

    async def jwks(self) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise ServiceDown("identity", "away")
        return await self.issuer.jwks()


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tokens, "time", clock)
    return clock


async def test_a_good_token_says_who_and_what(issuer: TestIssuer) -> None:
    principal = await issuer.verifier().verify(issuer.token(PERSON, Role.EDITOR))

    assert principal.id == PERSON
    assert principal.roles == {Role.EDITOR, Role.CITIZEN}


async def test_roles_nobody_knows_are_ignored(issuer: TestIssuer) -> None:
    principal = await issuer.verifier().verify(issuer.token(PERSON, roles=["king", "expert"]))

    assert principal.roles == {Role.EXPERT, Role.CITIZEN}


@pytest.mark.parametrize(
    "claims",
    [
        # Long past and far ahead, and the same in every run: the claims name the case.
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iss": "somebody-else"},
        {"aud": "another-platform"},
        {"aud": None},
        {"iss": None},
        {"sub": None},
        {"sub": "not-a-uuid"},
        {"nbf": 32_503_680_000},
        {"roles": 7},
    ],
    ids=str,
)
async def test_wrong_claims_prove_nothing(issuer: TestIssuer, claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        await issuer.verifier().verify(issuer.token(PERSON, **claims))


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_an_unsigned_token_proves_nothing(issuer: TestIssuer) -> None:
    body = issuer.token(PERSON, Role.ADMIN).split(".")[1]
    for algorithm in ("none", "None", "NONE", "ES256"):
        header = _part({"alg": algorithm, "kid": issuer.key.kid})
        with pytest.raises(InvalidToken):
            await issuer.verifier().verify(f"{header}.{body}.")


async def test_the_public_key_is_no_hmac_secret(issuer: TestIssuer) -> None:
    """RFC 8725, 2.1: everybody knows the public key, so everybody could sign with it."""
    claims = json.loads(base64.urlsafe_b64decode(issuer.token(PERSON, Role.ADMIN).split(".")[1] + "=="))
    for secret in (issuer.key.as_pem(private=False), json.dumps(issuer.key.as_dict(private=False)).encode()):
        # By hand: the library refuses to sign with such a secret.
        signed = f"{_part({'alg': 'HS256', 'kid': issuer.key.kid})}.{_part(claims)}"
        signature = hmac.digest(secret, signed.encode(), "sha256")
        with pytest.raises(InvalidToken):
            await issuer.verifier().verify(f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


async def test_a_foreign_key_under_a_known_name_proves_nothing(issuer: TestIssuer) -> None:
    stranger = TestIssuer()
    stranger.key = ECKey.generate_key("P-256", parameters={"kid": str(issuer.key.kid)})

    with pytest.raises(InvalidToken):
        await issuer.verifier().verify(stranger.token(PERSON, Role.ADMIN))


async def test_a_changed_body_proves_nothing(issuer: TestIssuer) -> None:
    header, _, signature = issuer.token(PERSON).split(".")
    body = issuer.token(PERSON, Role.ADMIN).split(".")[1]

    with pytest.raises(InvalidToken):
        await issuer.verifier().verify(f"{header}.{body}.{signature}")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "é.é.é", f"{_part([])}.{_part({})}.x", f"{_part({'alg': 1})}..x"]
)
async def test_nonsense_proves_nothing(issuer: TestIssuer, token: str) -> None:
    with pytest.raises(InvalidToken):
        await issuer.verifier().verify(token)


async def test_an_unknown_key_is_asked_for_at_most_once_in_two_seconds(issuer: TestIssuer, clock: Clock) -> None:
    identity, stranger = Identity(issuer), TestIssuer()
    verifier = TokenVerifier(identity.jwks)
    await verifier.verify(issuer.token(PERSON))
    assert identity.asked == 1

    for _ in range(5):
        with pytest.raises(InvalidToken):
            await verifier.verify(stranger.token(PERSON))
    assert identity.asked == 1
    clock.now += 2.1
    for _ in range(5):
        with pytest.raises(InvalidToken):
            await verifier.verify(stranger.token(PERSON))
    assert identity.asked == 2


async def test_a_key_that_identity_has_begun_to_use_is_learnt(issuer: TestIssuer, clock: Clock) -> None:
    identity = Identity(issuer)
    verifier = TokenVerifier(identity.jwks)
    await verifier.verify(issuer.token(PERSON))

    identity.issuer = rotated = TestIssuer()
    clock.now += 2.1

    assert (await verifier.verify(rotated.token(PERSON))).id == PERSON


async def test_known_keys_serve_while_identity_is_away(issuer: TestIssuer, clock: Clock) -> None:
    identity = Identity(issuer)
    verifier = TokenVerifier(identity.jwks)
    await verifier.verify(issuer.token(PERSON))

    identity.away = True
    clock.now += 3600

    assert (await verifier.verify(issuer.token(PERSON))).id == PERSON


class MuteIdentity(Identity):
    """One that takes questions and does not answer them before the deadline."""

    def __init__(self, issuer: TestIssuer, clock: Clock) -> None:
        super().__init__(issuer)
        self._clock = clock
        self.mute = False
        self.deadline = asyncio.Event()

    async def jwks(self) -> Mapping[str, Any]:
        if not self.mute:
            return await super().jwks()
        self.asked += 1
        await self.deadline.wait()
        self._clock.now += 10
        raise ServiceDown("identity", "mute")


async def test_while_identity_is_mute_nobody_with_a_known_key_waits_but_who_asks(
    issuer: TestIssuer, clock: Clock
) -> None:
    identity = MuteIdentity(issuer, clock)
    verifier = TokenVerifier(identity.jwks)
    await verifier.verify(issuer.token(PERSON))
    identity.mute, identity.asked = True, 0
    clock.now += 3600

    asking = asyncio.create_task(verifier.verify(issuer.token(PERSON)))
    await eventually(lambda: identity.asked == 1)
    async with asyncio.timeout(5):
        for _ in range(5):
            assert (await verifier.verify(issuer.token(PERSON))).id == PERSON
    identity.deadline.set()

    assert (await asking).id == PERSON
    assert identity.asked == 1


async def test_who_waited_for_a_mute_identity_does_not_ask_it_again(issuer: TestIssuer, clock: Clock) -> None:
    identity = MuteIdentity(issuer, clock)
    identity.mute = True
    verifier = TokenVerifier(identity.jwks)

    waiting = [asyncio.create_task(verifier.verify(issuer.token(PERSON))) for _ in range(5)]
    await eventually(lambda: identity.asked == 1)
    identity.deadline.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(answer) for answer in answers] == [KeysUnavailable] * 5
    assert identity.asked == 1


async def test_an_identity_that_is_away_is_asked_at_most_once_in_two_seconds(issuer: TestIssuer, clock: Clock) -> None:
    identity = Identity(issuer)
    verifier = TokenVerifier(identity.jwks)
    await verifier.verify(issuer.token(PERSON))
    identity.away = True
    clock.now += 3600
    identity.asked = 0

    for _ in range(20):
        await verifier.verify(issuer.token(PERSON))

    assert identity.asked == 1


async def test_without_any_key_nothing_can_be_said(issuer: TestIssuer, clock: Clock) -> None:
    identity = Identity(issuer)
    identity.away = True
    verifier = TokenVerifier(identity.jwks)
    with pytest.raises(KeysUnavailable):
        await verifier.verify(issuer.token(PERSON))

    identity.away = False
    clock.now += 2.1

    assert (await verifier.verify(issuer.token(PERSON))).id == PERSON


async def test_a_signature_is_looked_at_once_and_the_time_always(
    issuer: TestIssuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    decode = tokens.jwt.decode

    def counted(token: str, *args: Any, **options: Any) -> Any:
        decoded.append(token)
        return decode(token, *args, **options)

    monkeypatch.setattr(tokens.jwt, "decode", counted)
    verifier = TokenVerifier(issuer.jwks)
    good, late = issuer.token(PERSON), issuer.token(PERSON, exp=1)
    for _ in range(2):
        assert (await verifier.verify(good)).id == PERSON
        with pytest.raises(InvalidToken):
            await verifier.verify(late)
        with pytest.raises(InvalidToken):
            await verifier.claims(good, tokens.CLIENT_AUDIENCE)
    assert decoded == [good, late]


async def test_what_a_key_proved_is_forgotten_with_the_key(issuer: TestIssuer, clock: Clock) -> None:
    identity = Identity(issuer)
    verifier = TokenVerifier(identity.jwks)
    token = issuer.token(PERSON)
    await verifier.verify(token)
    identity.issuer = TestIssuer()
    clock.now += tokens.REFRESH_EVERY + 1
    with pytest.raises(InvalidToken):
        await verifier.verify(token)


async def test_not_more_is_remembered_than_there_is_room_for(
    issuer: TestIssuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 2)
    verifier = TokenVerifier(issuer.jwks)
    people = [new_id() for _ in range(4)]
    for person in [*people, *people]:
        assert (await verifier.verify(issuer.token(person))).id == person
    assert len(verifier._proven) == 2
