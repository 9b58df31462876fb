"""What a projector's metrics say of its state: how much waits, and which generation is live."""

from __future__ import annotations

import contextlib
import time

from shared.projection import dirt
from shared.projection.projection import orphans
from shared.runtime.metrics import Metrics
from shared.search_index.port import IndexUnavailable, SearchIndex
from shared.storage.database import Database

APART = 0.5
"""Seconds between two readings, at least."""
SHARE = 1 / 20
"""Of the projector's time, at most: among many documents a count takes long, and is made less often then."""


class Gauges:
    """Those of one projection; read by who works on it, so never by two at a time."""

    def __init__(self, database: Database, name: str, index: SearchIndex, metrics: Metrics) -> None:
        self._database = database
        self._name = name
        self._index = index
        self._metrics = metrics
        self._live: str | None = None
        self._next_at = 0.0

    async def read(self) -> None:
        """Read them again, unless it is too early for that."""
        began = time.monotonic()
        if began < self._next_at:
            return
        await self._read_generation()
        async with self._database.transaction() as session:
            self._metrics.dirt.labels(self._name).set(await dirt.depth(session))
            self._metrics.orphans.labels(self._name).set(await orphans(session))
        ended = time.monotonic()
        self._next_at = ended + max(APART, (ended - began) / SHARE)

    async def _read_generation(self) -> None:
        with contextlib.suppress(IndexUnavailable):  # the projector finds out by itself, and says so
            live, before = await self._index.live(), self._live
            if live != before:
                if before is not None:
                    self._metrics.generation.remove(self._name, before)
                self._metrics.generation.labels(self._name, live).set(1)
                self._live = live
