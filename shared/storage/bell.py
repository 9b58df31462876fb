"""Wakes the relay when there is something in the outbox.

In one process an `asyncio.Event` is enough. For a relay in another process a ``NOTIFY`` follows the commit on
a connection of its own: inside the transaction it would serialise commits. Notifications are coalesced: while
one is under way, one more at most is owed. Whoever misses one polls each second anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import asyncpg

from shared.storage.outages import AWAY

CHANNEL = "outbox"


class Bell:
    """Rung after each commit that told something."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._rung = asyncio.Event()
        self._owed = asyncio.Event()
        self._notifier: asyncio.Task[None] | None = None
        self.relay_is_near = False
        """Whether the relay runs in this process: then no ``NOTIFY`` is sent."""

    def ring(self) -> None:
        """Say that there is something. Never blocks, never raises."""
        self._rung.set()
        if self.relay_is_near:
            return
        self._owed.set()
        if self._notifier is None or self._notifier.done():
            self._notifier = asyncio.create_task(self._notify())

    async def wait(self, seconds: float) -> None:
        """Wait until it rings, at most that long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()

    async def listen(self, connection: asyncpg.Connection) -> None:
        """Let notifications of other processes ring this bell, as long as the connection lives."""
        await connection.add_listener(CHANNEL, lambda *_: self._rung.set())

    async def close(self) -> None:
        """End the notifier."""
        if self._notifier is not None:
            self._notifier.cancel()
            await asyncio.gather(self._notifier, return_exceptions=True)

    async def _notify(self) -> None:
        """Notify until nothing was owed for a second."""
        with contextlib.suppress(*AWAY):
            while self._owed.is_set():
                connection = await self._connect()
                try:
                    while await self._owes_within(1.0):
                        self._owed.clear()
                        await connection.execute(f"NOTIFY {CHANNEL}")
                finally:
                    await connection.close(timeout=2)

    async def _owes_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._owed.wait()
        return self._owed.is_set()
