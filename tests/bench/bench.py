"""What all measures share: how often they run, the platform under measurement, and the bare server beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.registry import SERVICES
from shared.runtime.wiring import Server, Wiring
from shared.settings import Settings
from tests.bench.processes import Process


@dataclass(frozen=True)
class Extent:
    """How long the bench takes."""

    runs: int
    seconds: float
    """Of one run of load."""
    publications: int
    """In one run."""
    messages: int
    """In one run of what works on the log."""
    documents: int
    """How many search looks through at most."""


FULL = Extent(runs=5, seconds=0.5, publications=40, messages=1000, documents=1_000_000)
QUICK = Extent(runs=1, seconds=0.3, publications=8, messages=200, documents=1_000)


@dataclass
class Bench:
    """One round."""

    extent: Extent
    scratch: Path
    platform: Process
    bare: Process
    say: Callable[[str], None]

    @property
    def data(self) -> Path:
        """The data folder of the platform."""
        return self.scratch / "data"

    @asynccontextmanager
    async def server(self) -> AsyncIterator[Server]:
        """The PostgreSQL server of the platform, joined from here."""
        wiring = Wiring(Settings(data_dir=self.data), SERVICES)
        async with wiring.server_beside() as server:
            yield server
