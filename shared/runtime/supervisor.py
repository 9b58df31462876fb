"""Keeps the workers of a process at work, and ends them in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from shared.runtime.health import Part, Watched
from shared.runtime.metrics import Metrics

LONGEST_BACKOFF = 30.0

log = structlog.get_logger()


class Supervisor:
    """Starts workers, starts them again when they fail, and shows which do."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, str] = {}
        self._watched: list[Watched] = []

    def start(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        trouble: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Run ``work`` for ever; ``trouble`` says why it cannot do its work now, if it cannot."""
        self._watched.append(Watched(name, lambda: self._failures.get(name) or trouble()))
        self._tasks[name] = asyncio.create_task(self._keep(name, work), name=name)

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        backoff = 0.2
        while True:
            self._metrics.up.labels(name).set(1)
            started = asyncio.get_running_loop().time()
            try:
                await work()
                return
            except Exception as error:
                if asyncio.get_running_loop().time() - started > LONGEST_BACKOFF:
                    backoff = 0.2
                self._metrics.up.labels(name).set(0)
                self._failures[name] = f"{type(error).__name__}: {error}"
                log.error("worker failed, starting it again", worker=name, seconds=backoff, exc_info=error)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)
                self._failures.pop(name, None)

    def parts(self) -> list[Part]:
        """How each worker is."""
        return [watched.part() for watched in self._watched]

    async def stop(self, deadline: float) -> None:
        """End all workers; what does not end within ``deadline`` seconds is left."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline)
            for task in late:
                log.error("worker did not end in time", worker=task.get_name())
        self._tasks.clear()
        self._watched.clear()


async def measure_loop_lag(metrics: Metrics, *, every: float = 0.5) -> None:
    """Measure how late the event loop runs what is due, for ever."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        metrics.loop_lag.set(max(0.0, loop.time() - due))
