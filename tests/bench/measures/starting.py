"""A warm start, beside a bare server's start and PostgreSQL's own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import uvloop

from shared.storage.embedded_postgres import EmbeddedPostgres, ServerSettings
from tests.bench.bench import Bench
from tests.bench.processes import bare, platform
from tests.bench.table import SECONDS, Limit, Row


def rows(bench: Bench) -> Iterator[Row]:
    """Stops the platform: only what needs no running one may come after."""
    bench.say("warm starts")
    bench.platform.stop()
    ready, home, nothing, postgres = [], [], [], []
    for _ in range(bench.extent.runs):
        with platform(bench.data) as started:
            ready.append(started.wait_for("/readyz"))
            home.append(started.wait_for("/"))
        with bare(bench.scratch) as started:
            nothing.append(started.wait_for("/bytes/1"))
        postgres.append(uvloop.run(_postgres(bench)))
    both = Limit("bare FastAPI server + PostgreSQL alone", [a + b for a, b in zip(nothing, postgres, strict=True)])
    yield Row("warm start until /readyz is 200", SECONDS, ready, both)
    yield Row("warm start until the home page is 200", SECONDS, home, both)


async def _postgres(bench: Bench) -> float:
    server = EmbeddedPostgres(bench.data / "postgresql", ServerSettings())
    began = time.perf_counter()
    await server.start()
    seconds = time.perf_counter() - began
    await server.stop()
    return seconds
