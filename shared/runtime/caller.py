"""Whose machine a request comes from: past the proxies we trust, and past the site, which calls for its visitors.

The address is only for slowing down who asks too much; it is never logged and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import Scope

INSIDE = "demain.inside"
"""Set in the scope of requests that came to the socket only our own services know: one more hop is trusted."""

_current: ContextVar[str | None] = ContextVar("caller", default=None)


def caller() -> str | None:
    """The address this request is made for."""
    return _current.get()


def forwarded_headers() -> dict[str, str]:
    """The header that hands the address on to another service."""
    address = _current.get()
    return {} if address is None else {"X-Forwarded-For": address}


def address_of(scope: Scope, *, trusted_proxies: int) -> str:
    """The caller's address: what the last proxy we trust saw, else who is connected."""
    hops = trusted_proxies + (1 if scope.get(INSIDE) else 0)
    if hops:
        header = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        seen = [part.strip() for part in header.split(",") if part.strip()]
        if len(seen) >= hops:
            return seen[-hops]
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


@contextmanager
def calling(address: str) -> Iterator[None]:
    """Work for that caller."""
    token = _current.set(address)
    try:
        yield
    finally:
        _current.reset(token)
