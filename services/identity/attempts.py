"""Slows down what is tried again and again, counted in the database so that all processes agree.

A *pace* says how many tries are free and how the delay grows after them. Trying counts before the outcome is
known, so that many at once gain nothing; a success forgets the count. Whether the address tried has an account
plays no part, so the answer tells nothing about it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.tables import Attempt
from shared.http.problems import TOO_MANY, Problem
from shared.runtime.caller import caller


@dataclass(frozen=True)
class Pace:
    """How something is slowed down."""

    what: str
    free: int
    """Tries without any delay between them."""
    first: float
    """Seconds until the next one after those; each further one doubles it."""
    most: float
    """Seconds it grows to."""
    forgotten_after: float
    """Seconds without a try until it counts from the beginning."""

    def delay(self, count: int) -> float:
        """Seconds to wait after so many tries."""
        beyond = count - self.free
        return 0.0 if beyond < 0 else min(self.most, self.first * 2.0 ** min(beyond, 30))


FROM_ONE_PLACE = Pace("sign-in from one place", free=5, first=1, most=900, forgotten_after=3600)
"""Guesses at one account from one caller."""
FROM_EVERYWHERE = Pace("sign-in", free=20, first=1, most=10, forgotten_after=3600)
"""Guesses at one account from all callers. The most is short: whoever guesses from many places at somebody's
account must not keep them out, and 8,640 guesses a day find no password of ten characters."""
MAILS = Pace("mails", free=3, first=60, most=3600, forgotten_after=24 * 3600)
"""Mails that anybody can have sent to an address."""

_TAKE = text(
    """
    INSERT INTO attempt AS a (digest, count, free_at, forget_at)
    VALUES (:digest, 1, :now, :forget_at)
    ON CONFLICT (digest) DO UPDATE SET
        count = CASE WHEN a.forget_at <= :now THEN 1 ELSE a.count + 1 END,
        free_at = CASE WHEN a.forget_at <= :now THEN :now ELSE a.free_at END,
        forget_at = :forget_at
    WHERE a.free_at <= :now OR a.forget_at <= :now
    RETURNING count
    """
)


class TooSoon(Exception):
    """It must be waited before the next try."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds} seconds")
        self.seconds = max(1, math.ceil(seconds))


async def take(session: AsyncSession, pace: Pace, tried: str) -> None:
    """Count a try. Raises TooSoon, and then it does not count."""
    now = _now()
    values = {
        "digest": _digest(pace, tried),
        "now": now,
        # A delay is not forgotten before it ends.
        "forget_at": now + timedelta(seconds=max(pace.forgotten_after, pace.most)),
    }
    count = (await session.execute(_TAKE, values)).scalar_one_or_none()
    if count is None:
        found = select(Attempt.free_at).where(col(Attempt.digest) == values["digest"])
        free_at = (await session.exec(found)).one_or_none()
        raise TooSoon((free_at - now).total_seconds() if free_at else 1)
    delay = pace.delay(count)
    if delay:
        row = await session.get(Attempt, values["digest"], populate_existing=True)
        assert row is not None, "it was counted in this transaction"
        row.free_at = now + timedelta(seconds=delay)
        await session.flush()


def keys_of_sign_in(email: str) -> Sequence[tuple[Pace, str]]:
    """What a try to sign in to an address from the present caller counts for, in the order it is locked."""
    return ((FROM_EVERYWHERE, email), (FROM_ONE_PLACE, f"{email} {caller() or 'unknown'}"))


async def take_sign_in(session: AsyncSession, email: str) -> None:
    """Count a try to sign in. Raises Problem 429."""
    try:
        for pace, tried in keys_of_sign_in(email):
            await take(session, pace, tried)
    except TooSoon as soon:
        raise Problem(
            TOO_MANY, f"Try again in {soon.seconds} seconds.", headers={"Retry-After": str(soon.seconds)}
        ) from None


async def succeeded(session: AsyncSession, email: str) -> None:
    """Somebody showed that the account is theirs: forget what was tried, here and from everywhere."""
    digests = [_digest(pace, tried) for pace, tried in keys_of_sign_in(email)]
    await session.execute(delete(Attempt).where(col(Attempt.digest).in_(digests)))


async def forget(session: AsyncSession, email: str) -> None:
    """Delete what was counted for an address, as far as that can be found: what was counted for it from one place
    alone has a digest that nobody can make again, and goes within two hours."""
    tried = ((FROM_EVERYWHERE, email), (MAILS, email), *keys_of_sign_in(email))
    await session.execute(delete(Attempt).where(col(Attempt.digest).in_([_digest(pace, one) for pace, one in tried])))


async def forget_old(session: AsyncSession) -> None:
    """Delete what counts no more."""
    await session.execute(delete(Attempt).where(col(Attempt.forget_at) <= _now()))


def _now() -> datetime:
    return datetime.now(UTC)


def _digest(pace: Pace, tried: str) -> bytes:
    return hashlib.sha256(f"{pace.what}\0{tried}".encode()).digest()
