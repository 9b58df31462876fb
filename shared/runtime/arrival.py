"""When a request reached us: deadlines are judged by it, not by when its handling came to them.

Stamped when the request's headers are there, before its body. A service that calls another for a visitor hands the
instant on; it is believed only on the socket that our own services alone know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from starlette.datastructures import Headers
from starlette.types import Scope

from shared.runtime.caller import INSIDE

HEADER = "X-Arrived-At"
LONGEST_AGO = timedelta(minutes=5)
"""No request is under way for longer: an older instant is not believed."""

_current: ContextVar[datetime | None] = ContextVar("arrival", default=None)


def arrived_at() -> datetime:
    """When the request under way reached us; outside of one, now."""
    return _current.get() or datetime.now(UTC)


def handed_on() -> dict[str, str]:
    """The header that hands the instant on to another service."""
    at = _current.get()
    return {} if at is None else {HEADER: at.isoformat()}


def arrival_of(scope: Scope) -> datetime:
    """When this request reached us: now, or what the service that received it says."""
    at = datetime.now(UTC)
    if not scope.get(INSIDE):
        return at
    try:
        said = datetime.fromisoformat(Headers(scope=scope).get(HEADER, ""))
        return said.astimezone(UTC) if said.tzinfo and at - LONGEST_AGO <= said <= at else at
    except (ValueError, OverflowError):
        return at


@contextmanager
def arriving(at: datetime) -> Iterator[None]:
    """Handle a request that arrived then."""
    token = _current.set(at)
    try:
        yield
    finally:
        _current.reset(token)
