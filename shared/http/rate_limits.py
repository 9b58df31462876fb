"""Rate limits: a generic cell rate algorithm per caller, in the memory of this process.

Answers carry ``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers). Several processes
each allow the full rate: the limits protect a process, and slow guessing down; they do not count exactly.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import Any

from fastapi import Depends, Request, Response

from shared.http.problems import TOO_MANY, Problem
from shared.runtime.caller import caller
from shared.runtime.resources import resources_of

REMEMBERED = 50_000
"""Callers remembered at most; the one unheard of for longest is forgotten first."""

_LIMIT = "demain_limit"


class RateLimit:
    """A burst of ``count``, of which one is refilled each ``seconds / count``.

    So the first ``seconds`` of a caller allow almost twice ``count``, and every ``seconds`` after that ``count``.
    """

    def __init__(self, name: str, count: int, seconds: float) -> None:
        self.name, self.count, self.seconds = name, count, seconds
        self._arrivals: OrderedDict[str, float] = OrderedDict()

    def take(self, caller: str, now: float | None = None) -> tuple[bool, int, float]:
        """Take one; (allowed, how many are left, seconds until the next is allowed)."""
        now = time.monotonic() if now is None else now
        interval = self.seconds / self.count
        theoretical = max(self._arrivals.get(caller, now), now)
        ahead = theoretical - now
        # Sums of intervals on a clock that says months are not exact: without the slack the last one of a burst,
        # or whoever waited as long as told, is refused.
        if ahead > self.seconds - interval * 0.999:
            return False, 0, ahead - (self.seconds - interval)
        self._arrivals[caller] = theoretical + interval
        self._arrivals.move_to_end(caller)
        if len(self._arrivals) > REMEMBERED:
            self._arrivals.popitem(last=False)
        left = math.floor((self.seconds - ahead - interval) / interval + 1e-3)
        return True, left, 0.0


def limited(name: str, count: int, seconds: float) -> Any:
    """A dependency for a route: ``dependencies=[limited("sign-in", 10, 60)]``. Raises Problem 429.

    Each app counts for itself: two platforms in one process do not share a limit.
    """

    async def check(request: Request, response: Response) -> None:
        own = resources_of(request).own
        limit = own.setdefault(f"rate-limit:{name}", RateLimit(name, count, seconds))
        assert isinstance(limit, RateLimit)
        allowed, left, wait = limit.take(caller() or "unknown")
        policy = f'"{name}";q={count};w={math.ceil(seconds)}'
        if not allowed:
            raise Problem(
                TOO_MANY,
                f"Try again in {math.ceil(wait)} seconds.",
                headers={"Retry-After": str(math.ceil(wait)), "RateLimit-Policy": policy},
            )
        # Kept on the request too, for an answer that is given again and not made anew.
        request.state.rate_limit = {"RateLimit-Policy": policy, "RateLimit": f'"{name}";r={left}'}
        response.headers.update(request.state.rate_limit)

    setattr(check, _LIMIT, name)
    return Depends(check)


def is_limit(call: object) -> bool:
    """Whether a dependency is a limit of this module."""
    return hasattr(call, _LIMIT)
