"""Around every request: its place in a trace, the instant it arrived, one log line, one measurement."""

from __future__ import annotations

import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.arrival import arrival_of, arriving
from shared.runtime.caller import address_of, calling
from shared.runtime.correlation import read_context
from shared.runtime.logging import loggable
from shared.runtime.metrics import Metrics
from shared.runtime.telemetry import Kind, step

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
                MutableHeaders(scope=message)["X-Request-Id"] = request.context.trace_id
            await send(message)

        address = address_of(scope, trusted_proxies=self._trusted_proxies)
        headers = Headers(scope=scope)
        cause = read_context(headers.get("traceparent"), ",".join(headers.getlist("tracestate")))
        method, path = scope["method"], loggable(scope["path"])
        asked = {"http.request.method": method, "url.path": path, "url.scheme": scope["scheme"]}
        served = step(method, Kind.SERVER, service=self._service, under=cause, attributes=asked)
        with served as request, calling(address), arriving(arrival):
            try:
                await self._app(scope, receive, observing_send)
            finally:
                seconds = time.perf_counter() - started
                route = getattr(scope.get("route"), "path", "(none)")
                self._metrics.requests.labels(self._service, method, route, str(status)).observe(seconds)
                if scope.get("route") is not None:
                    request.name(f"{method} {route}")
                    request.note("http.route", route)
                request.note("http.response.status_code", status)
                if status >= 500:
                    request.fail(str(status))
                log.info(
                    "request",
                    service=self._service,
                    method=method,
                    path=path,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )
