"""Answers from what is kept, in front of everything else of the site; lets a page be made, and keeps it.

What a page is kept under is all it can depend on: it is made from a request with nothing else in it, so that nobody
can have made for others what his own headers ask for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.language import split_path
from services.web.page_cache.following import cache_of
from services.web.page_cache.people import are_named_so
from services.web.page_cache.recording import Recorder
from services.web.page_cache.store import Header, Kept, Key, PageCache, etag
from services.web.section import Keeping, discover
from shared.runtime.resources import Resources

OURS = b"demain_"
"""Stands in the name of every cookie of the site: who sends one is somebody."""
LONGEST_QUERY = 200
_NOT_OF_304 = frozenset({b"content-length", b"content-type"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Asked:
    """A request that may be answered from what is kept."""

    key: Key
    keeping: Keeping
    query: dict[str, str]


class PageCacheLayer:
    """ASGI wrapper. Pages go through it once in full; everything else as it comes."""

    def __init__(self, app: ASGIApp, fastapi: FastAPI) -> None:
        self._app = app
        self._fastapi = fastapi
        self._keepings = [keeping for section in discover() for keeping in section.kept]
        resources: Resources = fastapi.state.resources
        self._resources = resources
        self._cache: PageCache = cache_of(resources)
        self._count = resources.metrics.page_cache_answers.labels
        self._hits = self._count("hit")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        asked = self._asked(scope)
        if isinstance(asked, str):
            if asked:
                self._count(asked).inc()
            await self._app(scope, receive, send)
            return
        kept = self._cache.get(asked.key)
        if kept is not None:
            self._hits.inc()
            scope["route"] = kept.route
            await answer(kept, scope, send)
            return
        other = self._cache.making.get(asked.key)
        if other is not None:
            # It was begun before this request: only if nothing it shows was dropped since is it as good as a new one.
            other.waiting += 1
            kept = await asyncio.shield(other.made)
            if kept is not None:
                self._count("joined").inc()
                scope["route"] = kept.route
                await answer(kept, scope, send)
                return
        self._count("miss").inc()
        await self._make(asked, scope, receive, send)

    def _asked(self, scope: Scope) -> _Asked | str:
        """What is asked for; or why it is not looked for here, empty for what is no page to be kept."""
        _, path = split_path(scope["path"])
        keeping = next((one for one in self._keepings if one.matches(path)), None)
        if keeping is None:
            return ""
        host = b""
        for name, value in scope["headers"]:
            if name == b"cookie" and OURS in value:
                return "somebody"
            if name == b"host":
                host = value
        query = self._query(scope, keeping)
        if query is None:
            return "query"
        site = self._site(scope, host)
        if site is None:
            return "host"
        if not self._cache.hears():
            return "behind" if self._cache.room else "off"
        return _Asked((site, scope["path"], urlencode(query)), keeping, query)

    @staticmethod
    def _query(scope: Scope, keeping: Keeping) -> dict[str, str] | None:
        """What of the query the page knows; None where there is more to it, or it is written in another way."""
        written: bytes = scope["query_string"]
        if not written:
            return {}
        if len(written) > LONGEST_QUERY or not written.isascii():
            return None
        pairs = dict(parse_qsl(written.decode(), keep_blank_values=True))
        known = {name: pairs[name] for name in keeping.query if pairs.get(name)}
        return known if urlencode(known).encode() == written else None

    def _site(self, scope: Scope, host: bytes) -> str | None:
        """How the page will call the site; None for a name that anybody may have made up."""
        public = self._resources.settings.public_url
        if public:
            return public
        name = host.decode("latin-1")
        server = scope.get("server") or ("", 0)
        itself = f"{server[0]}:{server[1]}"
        known = {itself, f"localhost:{server[1]}", urlsplit(self._resources.site_url).netloc}
        return f"{scope['scheme']}://{name}" if name in known else None

    async def _make(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        with self._cache.making_of(asked.key) as making:
            with self._cache.recording() as recorder:

                def let_through() -> None:
                    # It is no page to be kept, and may be a stream without an end.
                    self._cache.forget(recorder)
                    making.end(None)

                capture = _Capture(recorder, send, let_through)
                inner = {
                    **scope,
                    "method": "GET",
                    "headers": [(b"host", urlsplit(asked.key[0]).netloc.encode())],
                    "query_string": urlencode(asked.query).encode(),
                }
                await self._app(inner, receive, capture.send if scope["method"] == "GET" else capture.send_head)
                if "route" in inner:
                    scope["route"] = inner["route"]
                if capture.body is None:
                    return
                why, kept = await self._keep(asked, recorder, capture, scope.get("route"))
                self._resources.metrics.page_cache_renders.labels(why).inc()
            # Who waits is not kept waiting by how slowly this reader takes it.
            making.end(kept)
        await (answer(kept, scope, send) if kept else capture.let_go())

    async def _keep(
        self, asked: _Asked, recorder: Recorder, capture: _Capture, route: object
    ) -> tuple[str, Kept | None]:
        """Keep the page if all it is made of is known and still so; why it is not, or ``kept``."""
        why = recorder.verdict() or ("query" if dict(recorder.query or {}) != asked.query else None)
        if why is None and not await are_named_so(recorder.named, self._resources.clients):
            why = "name"
        if why is None and recorder.was_overtaken():
            why = "overtaken"
        if why is not None:
            return why, None
        tag = etag(capture.whole)
        headers = (*capture.headers, (b"etag", tag))
        kept = Kept(headers, capture.whole, tag, route, frozenset(recorder.tags), recorder.next)
        self._cache.put(asked.key, kept)
        return "kept", kept


class _Capture:
    """Holds a page back until it is whole; anything else it lets through as it comes."""

    def __init__(self, recorder: Recorder, send: Send, let_through: Callable[[], None]) -> None:
        self._recorder = recorder
        self._let_through = let_through
        self._send = send
        self._start: Message | None = None
        self._is_head = False
        self.body: list[bytes] | None = None
        """What came so far; None where nothing is held back."""

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            if message["status"] == 200 and self._recorder.query is not None and not _sets_a_cookie(message):
                self._start, self.body = message, []
                return
            self._let_through()
        elif self.body is not None:
            self.body.append(message.get("body", b""))
            return
        await self._send({**message, "body": b""} if self._is_head and "body" in message else message)

    async def send_head(self, message: Message) -> None:
        """The same for who asked for the headers alone."""
        self._is_head = True
        await self.send(message)

    @property
    def whole(self) -> bytes:
        """The whole body."""
        return b"".join(self.body or ())

    @property
    def headers(self) -> tuple[Header, ...]:
        """Its headers."""
        assert self._start is not None
        return tuple((bytes(name).lower(), bytes(value)) for name, value in self._start["headers"])

    async def let_go(self) -> None:
        """Send what was held back as it came."""
        assert self._start is not None
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": b"" if self._is_head else self.whole})


def _sets_a_cookie(message: Message) -> bool:
    return any(name.lower() == b"set-cookie" for name, _ in message["headers"])


async def answer(kept: Kept, scope: Scope, send: Send) -> None:
    """Send a page that is kept: its headers alone to HEAD, 304 to who has it already (RFC 9110, 13.1.2)."""
    status, headers, body = 200, list(kept.headers), kept.body
    for name, value in scope["headers"]:
        if name == b"if-none-match" and _has(value, kept.tag):
            status, body = 304, b""
            headers = [one for one in kept.headers if one[0] not in _NOT_OF_304]
            break
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _has(known: bytes, tag: bytes) -> bool:
    return any(one.strip().removeprefix(b"W/") in (tag, b"*") for one in known.split(b","))
