"""Slows down guessing at one account, from however many addresses it comes."""

from __future__ import annotations

import hashlib
import math

from shared.http.problems import TOO_MANY, Problem
from shared.http.rate_limits import RateLimit
from shared.runtime.resources import Resources

COUNT, SECONDS = 20, 300
"""Attempts at one e-mail address in five minutes, whether it has an account or not."""


def count(resources: Resources, email: str) -> None:
    """Count an attempt to sign in. Raises Problem 429 when there were too many."""
    limit = resources.own.setdefault("sign-in-attempts", RateLimit("sign-in-attempts", COUNT, SECONDS))
    assert isinstance(limit, RateLimit)
    allowed, _, wait = limit.take(hashlib.sha256(email.encode()).hexdigest())
    if not allowed:
        seconds = math.ceil(wait)
        raise Problem(TOO_MANY, f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)})
