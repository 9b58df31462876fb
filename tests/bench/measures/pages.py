"""Pages and API reads: from the page cache beside a bare route of the same bytes, made anew beside a bare template."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.bench import Bench
from tests.bench.load import Answers, load
from tests.bench.table import MILLISECONDS, PER_SECOND, Limit, Row

CONNECTIONS = 8
"""Enough to keep one process busy."""
SMALL = 100
"""Bytes: what the load itself can do shows in an answer of this size."""


ANEW = "demain_nobody=1"
"""A cookie of the site's name that is nobody's: its page is that of an anonymous reader, and made for him alone."""


@dataclass
class _Series:
    """The runs of one address: busy, and with one reader who waits for each answer."""

    busy: list[Answers] = field(default_factory=list)
    calm: list[Answers] = field(default_factory=list)

    def run(self, port: int, path: str, seconds: float, token: str | None = None, cookie: str = "") -> None:
        self.busy.append(load(port, path, connections=CONNECTIONS, seconds=seconds, token=token, cookie=cookie))
        self.calm.append(load(port, path, connections=1, seconds=seconds * 0.6, token=token, cookie=cookie))

    @property
    def rates(self) -> list[float]:
        return [one.per_second for one in self.busy]

    def waits(self, share: float) -> list[float]:
        return [one.milliseconds(share) for one in self.calm]


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    nothing = _Series()
    for _ in range(bench.extent.runs):
        nothing.run(bench.bare.port, f"/bytes/{SMALL}", bench.extent.seconds)
    yield Row(f"bare FastAPI route of {SMALL} bytes: what load and server can do", PER_SECOND, nothing.rates)
    for name, path in _paths(bench):
        yield from beside_bare(bench, name, path)


def _paths(bench: Bench) -> list[tuple[str, str]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.platform.port}/api/contributions?limit=1") as answer:
        contribution = json.load(answer)["items"][0]
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.platform.port}/api/debates?limit=1") as answer:
        debate = json.load(answer)["items"][0]
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.platform.port}/api/forums?limit=1") as answer:
        forum = json.load(answer)["items"][0]
    return [
        ("home", "/"),
        ("contribution page", contribution["url"]),
        ("debate page", debate["url"]),
        ("schedule of a forum", f"/forums/{forum['id']}/programme"),
        ("search page", "/recherche?q=ville"),
        ("search API", "/api/search?q=ville"),
        ("contribution API", f"/api/contributions/{contribution['id']}"),
    ]


def beside_bare(bench: Bench, name: str, path: str, token: str | None = None) -> Iterator[Row]:
    """One address, busy and with one reader, beside a bare route and a bare template of its size.

    Pages are asked for twice: as an anonymous reader gets them, from the cache where they are kept, and made anew.
    """
    bench.say(name)
    size = load(bench.platform.port, path, connections=CONNECTIONS, seconds=0.3, token=token).size
    sized = f"{size / 1000:.1f} kB"
    yield from _beside_route(bench, name, path, size, token)
    if path.startswith("/api/"):
        return
    anew, rendered = _Series(), _Series()
    for _ in range(bench.extent.runs):
        anew.run(bench.platform.port, path, bench.extent.seconds, token, ANEW)
        rendered.run(bench.bare.port, f"/template/{size}", bench.extent.seconds / 2)
    limit = Limit(f"bare template, {sized}", rendered.rates)
    yield Row(f"{name}, made anew, {CONNECTIONS} connections", PER_SECOND, anew.rates, limit)
    for share, called in ((0.5, "p50"), (0.99, "p99")):
        bare = Limit(f"bare template, {sized}, {called}", rendered.waits(share))
        yield Row(f"{name}, made anew, one reader, {called}", MILLISECONDS, anew.waits(share), bare)


def _beside_route(bench: Bench, name: str, path: str, size: int, token: str | None) -> Iterator[Row]:
    asked, ready = _Series(), _Series()
    for _ in range(bench.extent.runs):
        # In turn, so that what else the machine does meets all of them.
        asked.run(bench.platform.port, path, bench.extent.seconds, token)
        ready.run(bench.bare.port, f"/bytes/{size}", bench.extent.seconds / 2)
    sized = f"{size / 1000:.1f} kB"
    yield Row(f"{name}, {CONNECTIONS} connections", PER_SECOND, asked.rates, Limit(f"bare route, {sized}", ready.rates))
    for share, called in ((0.5, "p50"), (0.99, "p99")):
        bare = Limit(f"bare route, {sized}, {called}", ready.waits(share))
        yield Row(f"{name}, one reader, {called}", MILLISECONDS, asked.waits(share), bare)
