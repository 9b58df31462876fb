"""Whose machine a request comes from: past the proxies we trust, and past the site, which calls for its visitors.

The address is only for slowing down who asks too much; it is never logged and proves nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope

INSIDE = "demain.inside"
"""Set in the scope of requests that came to the socket only our own services know: whoever calls there has already
found out for whom, past every proxy."""

_current: ContextVar[str | None] = ContextVar("caller", default=None)


def caller() -> str | None:
    """The address this request is made for."""
    return _current.get()


def forwarded_headers() -> dict[str, str]:
    """The header that hands the address on to another service."""
    address = _current.get()
    return {} if address is None else {"X-Forwarded-For": address}


def address_of(scope: Scope, *, trusted_proxies: int) -> str:
    """The caller's address: what the first proxy we trust saw, else who is connected.

    Of an IPv6 address its network of 64 bits: whoever has one address there has all of them.
    """
    return _network(_seen(scope, 1 if scope.get(INSIDE) else trusted_proxies))


def _seen(scope: Scope, hops: int) -> str:
    if hops:
        header = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        seen = [part.strip() for part in header.split(",") if part.strip()]
        if len(seen) >= hops:
            return seen[-hops]
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


@contextmanager
def calling(address: str) -> Iterator[None]:
    """Work for that caller."""
    token = _current.set(address)
    try:
        yield
    finally:
        _current.reset(token)
