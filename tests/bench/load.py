"""The load: keep-alive connections that ask again as soon as they are answered.

Written on asyncio's transports: a client library costs more than what is measured. Its own limit is what the
bare route gives, and stands in the table.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import cast

import uvloop

from tests.bench.table import percentile

LONGEST_WAIT = 30.0
"""Seconds after which an answer is taken not to come."""
LONGEST_ROUND = 300.0
"""Seconds in which each of some paths must be answered."""


class WrongAnswer(Exception):
    """The server did not answer as it should; nothing it did is worth measuring."""


@dataclass
class Answers:
    """What came back."""

    seconds: float
    """How long the load ran."""
    waits: list[float] = field(default_factory=list)
    """Seconds until each answer."""
    size: int = 0
    """Bytes of the last body."""

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.waits) / self.seconds

    def milliseconds(self, share: float) -> float:
        """A percentile of the waits."""
        return percentile(self.waits, share) * 1000


def load(
    port: int, path: str, *, connections: int, seconds: float, token: str | None = None, cookie: str = ""
) -> Answers:
    """Ask for ``path`` on so many connections for so long, as the bearer of ``token``, with a cookie.

    Raises WrongAnswer.
    """
    requests = [repeat(_request(port, path, token, cookie)) for _ in range(connections)]
    return uvloop.run(_load(port, requests, seconds))


def ask_each(port: int, paths: Iterable[str]) -> Answers:
    """Ask for each path once, one after the other on one connection. Raises WrongAnswer."""
    return uvloop.run(_load(port, [iter([_request(port, path, None) for path in paths])], None))


def _request(port: int, path: str, token: str | None, cookie: str = "") -> bytes:
    more = f"authorization: Bearer {token}\r\n" if token else ""
    more += f"cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\n{more}\r\n".encode()


async def _load(port: int, connections: Sequence[Iterator[bytes]], seconds: float | None) -> Answers:
    """One connection for each series of requests; for so many seconds, or until they end."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    until = math.inf if seconds is None else began + seconds
    answers = Answers(0.0)
    asking = [_Asking(requests, until, answers, loop.create_future()) for requests in connections]
    for one in asking:
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(LONGEST_ROUND if seconds is None else seconds + LONGEST_WAIT):
        await asyncio.gather(*(one.done for one in asking))
    answers.seconds = time.perf_counter() - began
    return answers


class _Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], until: float, answers: Answers, done: asyncio.Future[None]) -> None:
        self.done = done
        self._requests = requests
        self._request = b""
        self._until = until
        self._answers = answers
        self._received = b""
        self._needed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        """Ask for the next one; at the end of the series, or of the time, let go."""
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self._transport.close()
            self._finish(None)
            return
        self._request = request
        self._received, self._needed = b"", 0
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._needed and not self._read_head():
            return
        if len(self._received) < self._needed:
            return
        self._answers.waits.append(time.perf_counter() - self._asked)
        self._ask()

    def _read_head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self._received[:end].lower()
        place = head.find(b"\r\ncontent-length:")
        if head[9:12] != b"200" or place < 0:
            self._transport.close()
            self._finish(WrongAnswer(f"{self._request!r}: {self._received[:300]!r}"))
            return False
        self._answers.size = int(head[place + 17 :].split(b"\r\n", 1)[0])
        self._needed = end + 4 + self._answers.size
        return True

    def connection_lost(self, _: Exception | None) -> None:
        self._finish(WrongAnswer(f"{self._request!r}: the connection was closed"))

    def _finish(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
