"""Around every request: one correlation id, the instant it arrived, one log line, one measurement."""

from __future__ import annotations

import re
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.arrival import arrival_of, arriving
from shared.runtime.caller import address_of, calling
from shared.runtime.correlation import correlated
from shared.runtime.metrics import Metrics

_SLUG = re.compile(r"^((?:/[a-z]{2})?/personnes/[0-9a-f-]{36})/[^/]*$")

_SECRET = re.compile(r"(?<=/)[A-Za-z0-9_-]{40,}(?=/|$)")
"""What a browser carries in an address to prove something; ids have 36 characters."""

log = structlog.get_logger("access")


class Observed:
    """Pure ASGI: `BaseHTTPMiddleware` would run the app in another task and cost a queue per request."""

    def __init__(self, app: ASGIApp, *, service: str, metrics: Metrics, trusted_proxies: int = 0) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        arrival = arrival_of(scope)
        status = 500

        async def observing_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = trace_id
            await send(message)

        address = address_of(scope, trusted_proxies=self._trusted_proxies)
        traceparent = Headers(scope=scope).get("traceparent")
        with correlated(traceparent) as trace_id, calling(address), arriving(arrival):
            try:
                await self._app(scope, receive, observing_send)
            finally:
                seconds = time.perf_counter() - started
                route = getattr(scope.get("route"), "path", "(none)")
                self._metrics.requests.labels(self._service, scope["method"], route, str(status)).observe(seconds)
                log.info(
                    "request",
                    service=self._service,
                    method=scope["method"],
                    path=loggable(scope["path"]),
                    status=status,
                    ms=round(seconds * 1000, 1),
                )


def loggable(path: str) -> str:
    """A path without what a log must not remember: names of people, as words after an id, and secrets."""
    return _SECRET.sub("…", _SLUG.sub(r"\1/…", path))
