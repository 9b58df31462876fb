"""Guessing is slowed, in the database, whether or not there is an account."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.identity import attempts
from services.identity.attempts import FROM_EVERYWHERE, FROM_ONE_PLACE, MAILS, Pace, TooSoon
from tests.services.identity.people import PASSWORD, IdentityUnderTest


async def _attempt(identity: IdentityUnderTest, email: str, password: str = "wrong" * 3) -> int:
    answer = await identity.http.post("/api/identity/sessions", json={"email": email, "password": password})
    if answer.status_code == 429:
        assert int(answer.headers["retry-after"]) >= 1
    return answer.status_code


class Clock:
    """Stands still until it is told to go on: on a busy machine delays would be over too early."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(attempts, "_now", lambda: made.now)
    return made


async def test_guessing_is_slowed_whether_there_is_an_account_or_not(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    seen = [
        [await _attempt(identity, email) for _ in range(FROM_ONE_PLACE.free + 2)]
        for email in (person.email, "nobody@demain.example", "not an address")
    ]

    assert seen[0] == seen[1] == seen[2] == [401] * FROM_ONE_PLACE.free + [429, 429]


async def test_the_right_password_must_wait_too_and_then_all_is_forgotten(
    identity: IdentityUnderTest, clock: Clock
) -> None:
    person = await identity.join()
    for _ in range(FROM_ONE_PLACE.free):
        await _attempt(identity, person.email)
    assert await _attempt(identity, person.email, PASSWORD) == 429
    clock.wait(1.1)
    assert await _attempt(identity, person.email) == 401
    clock.wait(1.1)
    assert await _attempt(identity, person.email, PASSWORD) == 429, "the delay has grown to two seconds"
    clock.wait(1.1)
    assert await _attempt(identity, person.email, PASSWORD) == 200
    assert await identity.rows("SELECT * FROM attempt") == []


async def test_a_delay_is_forgotten_after_an_hour(identity: IdentityUnderTest, clock: Clock) -> None:
    for _ in range(FROM_ONE_PLACE.free + 1):
        await _attempt(identity, "a@demain.example")
    clock.wait(3601)

    assert [await _attempt(identity, "a@demain.example") for _ in range(FROM_ONE_PLACE.free)] == [401] * 5


async def test_many_at_once_gain_nothing(identity: IdentityUnderTest) -> None:
    """What two processes do is the same: nothing is remembered in the process."""
    answers = await asyncio.gather(*(_attempt(identity, "a@demain.example") for _ in range(12)))

    assert sorted(answers) == [401] * FROM_ONE_PLACE.free + [429] * (12 - FROM_ONE_PLACE.free)


async def test_a_reset_frees_the_owner_of_a_delay(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    for _ in range(FROM_ONE_PLACE.free + 1):
        await _attempt(identity, person.email)
    await identity.http.post("/api/identity/resets/mails", json={"email": person.email})
    secret = await identity.secret_of("nouveau-mot-de-passe")
    await identity.http.post("/api/identity/resets", json={"token": secret, "password": PASSWORD + "!"})

    assert await _attempt(identity, person.email, PASSWORD + "!") == 200


async def test_guesses_from_everywhere_do_not_lock_the_owner_out_for_long(
    identity: IdentityUnderTest, clock: Clock
) -> None:
    person = await identity.join()
    async with identity.service.database.transaction() as session:
        for _ in range(FROM_EVERYWHERE.free):
            await attempts.take(session, FROM_EVERYWHERE, person.email)
    assert await _attempt(identity, person.email, PASSWORD) == 429
    await identity.change("UPDATE attempt SET count = 1000")
    clock.wait(FROM_EVERYWHERE.most)
    assert await _attempt(identity, person.email) == 401
    assert await _attempt(identity, person.email, PASSWORD) == 429
    clock.wait(FROM_EVERYWHERE.most)
    assert await _attempt(identity, person.email, PASSWORD) == 200


@pytest.mark.parametrize(
    ("pace", "delays"),
    [
        (FROM_ONE_PLACE, [0, 0, 0, 0, 1, 2, 4]),
        (MAILS, [0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600]),
        (Pace("x", 0, 1, 5, 9), [2, 4, 5]),
    ],
)
def test_delays_grow_to_their_most(pace: Pace, delays: list[float]) -> None:
    assert [pace.delay(count + 1) for count in range(len(delays))] == delays
    assert pace.delay(10_000) == pace.most


async def test_what_is_taken_too_soon_does_not_count(identity: IdentityUnderTest) -> None:
    pace = Pace("test", 1, 60, 60, 60)
    async with identity.service.database.transaction() as session:
        await attempts.take(session, pace, "x")
        for _ in range(3):
            with pytest.raises(TooSoon) as raised:
                await attempts.take(session, pace, "x")
            assert 1 <= raised.value.seconds <= 60
        await attempts.take(session, pace, "y")
    assert sorted(one.count for one in await identity.rows("SELECT count FROM attempt")) == [1, 1]


async def test_mails_to_one_address_are_slowed_and_nobody_is_told(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    answers = [
        await identity.http.post(f"/api/identity/{path}/mails", json={"email": person.email})
        for path in ("resets", "verifications", "resets", "resets", "resets")
    ]

    assert {(one.status_code, one.text) for one in answers} == {(202, answers[0].text)}
    assert len(await identity.rows("SELECT 1 FROM letter")) == MAILS.free
