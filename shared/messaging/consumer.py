"""Reads the log and has it applied, as a member of a group or alone with all partitions.

What a partition cannot apply for now is read again later: the partition is paused and the others go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.messaging.applier import Applier, Outcome
from shared.messaging.log import Log, LogError, LogReader, Partition
from shared.messaging.reactions import Reactions
from shared.runtime.metrics import Metrics
from shared.storage.database import Database
from shared.storage.outages import AWAY

POLL = 0.5
LONGEST_BACKOFF = 30.0

log = structlog.get_logger()


class Consumer:
    """One consumer of one service.

    With ``alone`` it is assigned every partition and belongs to no group: whoever runs it holds a duty
    (`storage.locks.duty`). ``after`` runs after every poll, also after an empty one; while it
    answers that it has more to do, polls do not wait.
    """

    def __init__(
        self,
        database: Database,
        log_: Log,
        reactions: Reactions,
        *,
        alone: bool = False,
        after: Callable[[], Awaitable[bool]] | None = None,
        metrics: Metrics | None = None,
        poll: float = POLL,
        backoff: float = 0.5,
    ) -> None:
        self._database = database
        self._log = log_
        self._reactions = reactions
        self._alone = alone
        self._after = after
        self._metrics = metrics or Metrics()
        self._poll = poll
        self._backoff = backoff
        self._assigned: set[Partition] = set()
        self._failures: dict[Partition, int] = {}
        self._until: dict[Partition, float] = {}
        self.stopped: dict[Partition, str] = {}
        """Partitions that cannot go on, and why."""
        self.trouble: str | None = None
        """Why nothing is read, if nothing is read."""
        self.active = False
        self.lag = 0
        """Records not yet read, as of the last second."""
        self._measured = 0.0

    @property
    def name(self) -> str:
        """Its name: group, guards and offsets are kept under it."""
        return self._reactions.consumer

    def complaint(self) -> str | None:
        """What is wrong with it now, for health."""
        if self.stopped:
            partition, why = next(iter(self.stopped.items()))
            return f"{partition.topic}/{partition.number} waits: {why}"
        return self.trouble

    async def run(self) -> None:
        """Consume until cancelled; a log or database that is away is waited for."""
        wait = self._backoff
        while True:
            reader = self._log.reader(None if self._alone else self.name)
            started = time.monotonic()
            try:
                await self._read(reader)
            # SQLAlchemy hands on what asyncpg raises while it prepares a new connection.
            except (LogError, SQLAlchemyError, *AWAY) as error:
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("consumer waits", consumer=self.name, why=self.trouble[:300], seconds=wait)
            finally:
                self.active = False
                await reader.close()
            if time.monotonic() - started > LONGEST_BACKOFF:
                wait = self._backoff
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_BACKOFF)

    async def _read(self, reader: LogReader) -> None:
        applier = Applier(self._database, self._reactions, await self._log.identity(), metrics=self._metrics)
        self._assigned.clear()
        self._until.clear()
        self.stopped.clear()

        async def assigned(partitions: frozenset[Partition]) -> None:
            stored = await applier.stored_offsets()
            begin = await reader.begin_offsets(partitions)
            for partition in partitions:
                await reader.seek(partition, max(stored.get(partition, 0), begin[partition]))
            self._assigned |= partitions

        async def revoked(partitions: frozenset[Partition]) -> None:
            self._assigned -= partitions
            for partition in partitions:
                self._until.pop(partition, None)
                self._failures.pop(partition, None)
                self.stopped.pop(partition, None)

        if self._alone:
            every = [p for topic in self._reactions.topics for p in await self._log.partitions(topic)]
            await reader.assign(every)
            await assigned(frozenset(every))
        else:
            await reader.subscribe(self._reactions.topics, assigned=assigned, revoked=revoked)
        self.active = True
        busy = False
        while True:
            records = await reader.poll(0.0 if busy else self._poll)
            self.trouble = None
            if records:
                await self._settle(reader, await applier.apply(records))
            await self._resume(reader)
            if self._after is not None:
                busy = await self._after()
            await self._measure(reader)

    async def _settle(self, reader: LogReader, outcome: Outcome) -> None:
        for partition in outcome.offsets:
            self._failures.pop(partition, None)
        for partition, stop in outcome.stops.items():
            failures = self._failures[partition] = self._failures.get(partition, 0) + 1
            self.stopped[partition] = stop.why
            wait = LONGEST_BACKOFF if stop.for_ever else min(self._backoff * 2 ** (failures - 1), LONGEST_BACKOFF)
            self._until[partition] = time.monotonic() + wait
            await reader.pause([partition])
            await reader.seek(partition, stop.offset)
            log.warning("partition waits", consumer=self.name, partition=str(partition), why=stop.why[:300])
        if outcome.offsets:
            await reader.commit(outcome.offsets)

    async def _resume(self, reader: LogReader) -> None:
        for partition, until in list(self._until.items()):
            if time.monotonic() >= until:
                del self._until[partition]
                self.stopped.pop(partition, None)
                await reader.resume([partition])

    async def _measure(self, reader: LogReader) -> None:
        """Lag, at most once a second."""
        now = time.monotonic()
        if now - self._measured < 1.0:
            return
        self._measured = now
        ends = await reader.end_offsets(self._assigned)
        places = await reader.positions(self._assigned)
        self.lag = sum(max(0, ends[p] - places[p]) for p in self._assigned)
        self._metrics.lag.labels(self.name).set(self.lag)
