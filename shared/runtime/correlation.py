"""One id that follows a request: from the header, over calls and messages, into every log line.

The id travels as the trace id of a W3C ``traceparent`` (https://www.w3.org/TR/trace-context/), so that a
tracer can pick the same chain up later.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_current: ContextVar[str | None] = ContextVar("correlation", default=None)


def correlation_id() -> str | None:
    """The trace id of what is being done now, 32 hex digits."""
    return _current.get()


def traceparent() -> str:
    """A ``traceparent`` for what this step causes: same trace, a span of its own."""
    return f"00-{_current.get() or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def outgoing_headers() -> dict[str, str]:
    """The headers that carry the id to another service."""
    return {"traceparent": traceparent()}


@contextmanager
def correlated(incoming: str | None = None) -> Iterator[str]:
    """Work under the id of an incoming ``traceparent``, or under a new one if it has none or a bad one."""
    match = _TRACEPARENT.fullmatch(incoming or "")
    trace_id = match.group(1) if match and set(match.group(1)) != {"0"} else secrets.token_hex(16)
    token = _current.set(trace_id)
    try:
        yield trace_id
    finally:
        _current.reset(token)
