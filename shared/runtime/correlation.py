"""One id that follows a request: from the header, over calls and messages, into every log line.

It is the trace id of a W3C ``traceparent`` (https://www.w3.org/TR/trace-context/). Where tracing is on
(`shared.runtime.telemetry`) each step is a span of that trace; where it is off, what came is handed on as it is, so
that a step we do not record leaves no hole between those before and after it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x20-\x7e]*)?")
_KEY = r"(?:[a-z0-9][_0-9a-z\-*/]{0,255}|[a-z0-9][_0-9a-z\-*/]{0,240}@[a-z][_0-9a-z\-*/]{0,13})"
_VALUE = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_MEMBER = re.compile(f"{_KEY}={_VALUE}")
_MOST_MEMBERS = 32
_LONGEST_STATE = 512
"""Characters of ``tracestate`` that are handed on; the standard asks for no more."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A place in a trace: what is caused from here belongs under it."""

    trace_id: str
    """32 hex digits, not all zero."""
    span_id: str
    """16 hex digits, not all zero."""
    sampled: bool
    """Whether those before us may have recorded it."""
    state: str = ""
    """What tracing systems say to one another (``tracestate``); not ours to read."""
    remote: bool = False
    """Whether it came in from elsewhere."""

    @property
    def traceparent(self) -> str:
        """As it travels in headers."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02d}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that carry it."""
        return {"traceparent": self.traceparent} | ({"tracestate": self.state} if self.state else {})


_current: ContextVar[TraceContext | None] = ContextVar("correlation", default=None)


def read_context(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """What these headers say, or None if they say nothing that can be trusted. A bad ``tracestate`` is left out alone.

    A later version of the header is read as far as this one knows it, as the standard asks.
    """
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return TraceContext(trace_id, span_id, bool(int(flags, 16) & 1), _readable_state(tracestate or ""), remote=True)


def _readable_state(tracestate: str) -> str:
    members = [member for part in tracestate.split(",") if (member := part.strip(" \t"))]
    keys = [member.partition("=")[0] for member in members]
    good = len(members) <= _MOST_MEMBERS and len(keys) == len(set(keys)) and all(map(_MEMBER.fullmatch, members))
    state = ",".join(members)
    return state if good and len(state) <= _LONGEST_STATE else ""


def begun_context() -> TraceContext:
    """The beginning of a trace that nobody has recorded so far."""
    return TraceContext(secrets.token_hex(16), secrets.token_hex(8), sampled=False)


def current_context() -> TraceContext | None:
    """The place of what is being done now."""
    return _current.get()


def correlation_id() -> str | None:
    """The trace id of what is being done now, 32 hex digits."""
    current = _current.get()
    return current.trace_id if current is not None else None


def traceparent() -> str:
    """A ``traceparent`` for what is caused by what is being done now."""
    return (_current.get() or begun_context()).traceparent


def outgoing_headers() -> dict[str, str]:
    """The headers that carry the place to another service."""
    return (_current.get() or begun_context()).headers


@contextmanager
def within(context: TraceContext) -> Iterator[TraceContext]:
    """Work at that place."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextmanager
def correlated(traceparent: str | None = None, tracestate: str | None = None) -> Iterator[str]:
    """Work under the trace id of incoming headers, or under a new one if they have none or a bad one."""
    with within(read_context(traceparent, tracestate) or begun_context()) as context:
        yield context.trace_id
