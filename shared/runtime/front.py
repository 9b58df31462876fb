"""The one public port: hands each request to the service whose path it is, and answers the probes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.caller import INSIDE
from shared.runtime.health import Condition, Part, worst
from shared.runtime.metrics import Metrics

PROBES = ("/healthz", "/readyz", "/metrics")
LOOK_EVERY = 0.5
"""Seconds between two looks at how the parts are: anybody may ask, and each look takes a connection of each pool."""


class Front:
    """An ASGI app over several."""

    def __init__(
        self,
        apps: Mapping[str, ASGIApp],
        *,
        metrics: Metrics,
        health: Callable[[], Awaitable[list[Part]]],
        inside: bool = False,
        behind_proxy: bool = False,
    ) -> None:
        """``apps`` by path prefix; the longest prefix wins, and ``/`` is what nobody else claims.

        ``inside`` is for the socket that only our own services know. Reasons in `/readyz` are shown to callers
        on this machine only, and ``behind_proxy`` nobody can be told to be one.
        """
        self._apps = sorted(apps.items(), key=lambda item: -len(item[0]))
        self._metrics = metrics
        self._health = health
        self._inside = inside
        self._behind_proxy = behind_proxy
        self._look: asyncio.Task[list[Part]] | None = None
        self._looked_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] == "lifespan":
            raise RuntimeError("the platform starts and stops the apps, not the server")
        scope[INSIDE] = self._inside
        path = scope["path"]
        if path in PROBES:
            await (await self._probe(Request(scope)))(scope, receive, send)
            return
        for prefix, app in self._apps:
            if prefix == "/" and path.startswith("/api/"):
                break  # programs get a problem, not the site's page
            if prefix in ("/", path) or path.startswith(prefix.rstrip("/") + "/"):
                await app(scope, receive, send)
                return
        await JSONResponse(
            {"type": "urn:demain:problem:not-found", "title": "There is no such thing", "status": 404},
            status_code=404,
            media_type="application/problem+json",
        )(scope, receive, send)

    async def _probe(self, request: Request) -> Response:
        if request.url.path == "/healthz":
            return JSONResponse({"status": "live"})
        if request.url.path == "/metrics":
            return PlainTextResponse(self._metrics.text(), media_type="text/plain; version=0.0.4")
        parts = await self._parts()
        near = not self._behind_proxy and request.client is not None and request.client.host in {"127.0.0.1", "::1"}
        shown = [asdict(part) if near else {"name": part.name, "condition": part.condition} for part in parts]
        whole = worst(parts)
        status = 503 if whole is Condition.DOWN else 200
        return JSONResponse({"status": whole, "parts": shown}, status_code=status)

    async def _parts(self) -> list[Part]:
        """How the parts are, or were a moment ago. Those who ask at once share one look."""
        if self._look is None or (self._look.done() and time.monotonic() - self._looked_at > LOOK_EVERY):
            self._look = asyncio.create_task(self._look_now())
        return await asyncio.shield(self._look)

    async def _look_now(self) -> list[Part]:
        try:
            return await self._health()
        finally:
            self._looked_at = time.monotonic()
