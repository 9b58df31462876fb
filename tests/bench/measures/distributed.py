"""The platform as a process for each service, on Kafka: how soon a publication is found, and what each process weighs.

The load, the servers and all processes share the machine, so that this says what distribution costs, not what it gains.
PostgreSQL is that of the tests, which does not wait for the disk.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import uvloop

from services.registry import SERVICES
from shared.runtime.platform import fill_with_sample
from shared.settings import Settings
from tests.bench.bench import QUICK, Bench
from tests.bench.measures.freshness import RATES, at_best, commits, found
from tests.bench.processes import bare, memory_of
from tests.bench.table import MEBIBYTES, MILLISECONDS, SECONDS, Limit, Row, percentile
from tests.bench.writers import Ports
from tests.support.brokers import APACHE, VARIABLE, is_apache
from tests.support.processes import Platform, distributed


@dataclass
class _Seen:
    waits: dict[int, list[float]] = field(default_factory=dict)
    """Seconds until found, by publications a second."""
    ready: dict[str, float] = field(default_factory=dict)
    """Seconds a process of each service takes to be ready, started alone."""
    bare: list[float] = field(default_factory=list)
    """Seconds a FastAPI process with nothing in it takes."""
    commits: list[float] = field(default_factory=list)
    """What a publication costs at the least: see `freshness.commits`."""
    idle: dict[str, float] = field(default_factory=dict)
    loaded: dict[str, float] = field(default_factory=dict)


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    apache = shutil.which("java") is not None and bench.extent.runs > QUICK.runs
    on = "Apache Kafka" if apache else "the light broker"
    bench.say(f"a process for each service, on {on}")
    with patch.dict(os.environ, {VARIABLE: APACHE if apache else ""}):
        seen = uvloop.run(_measured(bench))
    for rate, waits in seen.waits.items():
        for share, called in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
            yield Row(
                f"publication accepted → found, a process for each service, {on}, {rate}/s, {called} of {len(waits)}",
                MILLISECONDS,
                [percentile(waits, share) * 1000],
                at_best(seen.commits, share, called),
            )
    weight = Limit("bare FastAPI process, idle", [bench.bare.memory()])
    for service, memory in seen.idle.items():
        yield Row(f"memory of the process of {service}, idle", MEBIBYTES, [memory], weight)
    for service, memory in seen.loaded.items():
        yield Row(f"memory of the process of {service}, after publications", MEBIBYTES, [memory], weight)
    alone = Limit("bare FastAPI process", seen.bare)
    for service, seconds in seen.ready.items():
        yield Row(f"start of the process of {service} until /readyz is 200", SECONDS, [seconds], alone)


async def _measured(bench: Bench) -> _Seen:
    seen = _Seen()
    async with _platform(bench, seen) as platform:
        ports = Ports(platform.ports["identity"], platform.ports["contributions"], platform.ports["search"])
        seen.idle = _memories(platform)
        # A round that is not counted, as with the embedded platform.
        await found(ports, 5, RATES[0])
        for rate in RATES:
            seen.waits[rate] = [
                wait for _ in range(bench.extent.runs) for wait in await found(ports, bench.extent.publications, rate)
            ]
        seen.loaded = _memories(platform)
        number = bench.extent.publications * bench.extent.runs
        data, copy = platform.folder / "data-search", bench.scratch / "index-of-the-process"
        seen.commits = await commits(platform.server.maintenance.dsn, data, copy, number)
    return seen


@asynccontextmanager
async def _platform(bench: Bench, seen: _Seen) -> AsyncIterator[Platform]:
    folder = bench.scratch / "distributed"
    folder.mkdir()
    # As it is run: tests let a broker hold a fetch for less, which the light one needs.
    waits = {"KAFKA_FETCH_MAX_WAIT_MS": str(Settings.model_fields["kafka_fetch_max_wait_ms"].default)}
    async with distributed(folder, straight=True, **(waits if is_apache() else {})) as platform:
        for service in SERVICES:
            began = time.perf_counter()
            await platform.start(service.name)
            seen.ready[service.name] = time.perf_counter() - began
        for _ in range(bench.extent.runs):
            with bare(bench.scratch) as started:
                seen.bare.append(started.wait_for("/bytes/1"))
        async with platform.beside() as parts:
            await fill_with_sample(parts, lambda _: None)
        yield platform


def _memories(platform: Platform) -> dict[str, float]:
    return {process.service: memory_of(process.pid) for process in platform.processes}
