"""The load: keep-alive connections that ask again as soon as they are answered.

Written on asyncio's transports: a client library costs more than what is measured. Its own limit is what the
bare route gives, and stands in the table.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast

import uvloop

from tests.bench.table import percentile

LONGEST_WAIT = 30.0
"""Seconds after which an answer is taken not to come."""


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


def load(port: int, path: str, *, connections: int, seconds: float, token: str | None = None) -> Answers:
    """Ask for ``path`` on so many connections for so long, as the bearer of ``token``. Raises WrongAnswer."""
    return uvloop.run(_load(port, path, connections, seconds, token))


async def _load(port: int, path: str, connections: int, seconds: float, token: str | None) -> Answers:
    loop = asyncio.get_running_loop()
    bearer = f"authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\n{bearer}\r\n".encode()
    began = time.perf_counter()
    answers = Answers(0.0)
    asking = [_Asking(request, began + seconds, answers, loop.create_future()) for _ in range(connections)]
    for one in asking:
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(seconds + LONGEST_WAIT):
        await asyncio.gather(*(one.done for one in asking))
    answers.seconds = time.perf_counter() - began
    return answers


class _Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, until: float, answers: Answers, done: asyncio.Future[None]) -> None:
        self.done = done
        self._request = request
        self._until = until
        self._answers = answers
        self._received = b""
        self._needed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._received, self._needed = b"", 0
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._needed and not self._read_head():
            return
        if len(self._received) < self._needed:
            return
        now = time.perf_counter()
        self._answers.waits.append(now - self._asked)
        if now < self._until:
            self._ask()
        else:
            self._transport.close()
            self._finish(None)

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
