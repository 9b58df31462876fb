"""A rebuild of everything from the log: the tables of a projection and a generation of the index, beside the live ones.

A schema of its own holds empty tables of the same names, and the same code applies the whole log to them and shows
them in the new generation, while the live ones go on. When both have caught up, one transaction makes the live
tables what the new ones are and records it; from then on changes go to both generations, and the new one is swapped
in (`index_tasks.SWAPPED`). The tables are merged, not exchanged: readers wait for nothing, and never see half of it.

Until that transaction nothing of the live is touched. Whoever takes over after a crash begins a new run, under a name
of its own: what is left of the one before cannot be swapped in any more.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging import guards
from shared.messaging.applier import Applier
from shared.messaging.log import Log, LogError, LogReader, Partition
from shared.projection import dirt, index_tasks
from shared.projection.index_tasks import IndexTask
from shared.projection.merging import merge
from shared.projection.projection import Projection
from shared.projection.showing import Render, changes_of, documents_of, write
from shared.search_index.port import SearchIndex
from shared.storage.database import Database

POLL = 0.1
"""Seconds a turn waits for records once there are none; the live log is read in turn with it."""
LONGEST_BACKOFF = 30.0
TABLES = ("document", "dirt", "index_task", "applied", "consumed", "parked_message")
_PREFIX = "from_log_"

log = structlog.get_logger()

_LEFT_OVER = text(f"SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '{_PREFIX}')")  # noqa: S608


class Beside:
    """The same database with the new tables under the names of the live ones."""

    def __init__(self, database: Database, generation: str) -> None:
        self._database = database
        self.service = database.service
        self.schema = f"{_PREFIX}{generation}"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees the new tables only: without them it fails, rather than touch the live ones."""
        async with self._database.transaction() as session:
            await session.execute(text(f'SET LOCAL search_path = "{self.schema}"'))
            yield session

    async def create(self) -> None:
        """Make the tables, empty and of the live ones' shape; what was left of earlier runs is dropped."""
        async with self._database.transaction() as session:
            await drop_left_over(session)
            await session.execute(text(f'CREATE SCHEMA "{self.schema}"'))
            for table in TABLES:
                await session.execute(text(f'CREATE TABLE "{self.schema}".{table} (LIKE {table} INCLUDING ALL)'))
            # Stamps of its own, told apart from the live ones' by their generation alone.
            await session.execute(text(f'CREATE SEQUENCE "{self.schema}".stamp'))
            default = f"nextval('\"{self.schema}\".stamp')"
            await session.execute(text(f'ALTER TABLE "{self.schema}".dirt ALTER stamp SET DEFAULT {default}'))


async def drop_left_over(session: AsyncSession) -> None:
    """Drop what runs have left."""
    for schema in (await session.execute(_LEFT_OVER)).scalars().all():
        await session.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))


@dataclass
class _Run:
    """One attempt: what is lost with the process."""

    generation: str
    beside: Beside
    reader: LogReader | None
    """None after an outage of the log."""
    applier: Applier
    log_id: str
    due: dict[Partition, int]
    """Where the log ended when the run began."""


class FromLog:
    """Fills and merges; the projector calls `step` in turn with its other work, and alone."""

    def __init__(
        self,
        database: Database,
        log_: Log,
        projection: Projection,
        index: SearchIndex,
        render: Render,
        *,
        batch: int,
    ) -> None:
        self._database = database
        self._log = log_
        self._projection = projection
        self._index = index
        self._render = render
        self._batch = batch
        self._run: _Run | None = None
        self._failures = 0
        self._retry_at = 0.0
        self.trouble: str | None = None
        """Why it does not get on, if it does not."""

    async def close(self) -> None:
        """Let go of the log. The run is over: the next step begins another."""
        run, self._run = self._run, None
        self.trouble = None
        if run is not None and run.reader is not None:
            await run.reader.close()

    async def step(self, task: IndexTask) -> bool:
        """One step towards the merge; whether there is more to do now. Raises IndexUnavailable."""
        if time.monotonic() < self._retry_at:
            return False
        try:
            run = self._run
            if run is None or run.generation != task.generation or not await self._is_there(run):
                await self.close()
                self._run = await self._begin(task)
                return True
            return await self._go_on(run, task)
        except LogError as error:
            run = self._run
            if run is not None and run.reader is not None:
                await run.reader.close()
                run.reader = None
            self._wait(str(error))
            return False

    async def _is_there(self, run: _Run) -> bool:
        return run.generation in await self._index.generations()

    async def _begin(self, task: IndexTask) -> _Run:
        log_id = await self._log.identity()
        async with self._database.transaction() as session:
            generation = await index_tasks.begin_anew(session, task)
        await self._index.begin(generation)
        beside = Beside(self._database, generation)
        await beside.create()
        applier = Applier(beside, self._projection.reactions, log_id)
        reader = self._log.reader()
        try:
            every = [p for topic in self._projection.reactions.topics for p in await self._log.partitions(topic)]
            await reader.assign(every)
            due = await reader.end_offsets(every)
        except BaseException:
            await reader.close()
            raise
        log.info("rebuilding from the log", generation=generation, partitions=len(every))
        self._failures = 0
        return _Run(generation, beside, reader, applier, log_id, due)

    async def _reader(self, run: _Run) -> LogReader:
        """The run's reader; after an outage another one, which reads on where the new tables stand."""
        if run.reader is None:
            reader = self._log.reader()
            try:
                await reader.assign(run.due)
                stored, begin = await run.applier.stored_offsets(), await reader.begin_offsets(run.due)
                for partition in run.due:
                    await reader.seek(partition, max(stored.get(partition, 0), begin[partition]))
            except BaseException:
                await reader.close()
                raise
            run.reader = reader
        return run.reader

    async def _go_on(self, run: _Run, task: IndexTask) -> bool:
        reader = await self._reader(run)
        if not await self._has_caught_up(run, reader):
            return await self._read(run, reader, task)
        # Only now: what hangs under what is known by then, and nothing is shown twice.
        if await self._show(run):
            return True
        if await merge(self._database, task, run.beside.schema, self._projection.name):
            log.info("tables rebuilt from the log", generation=run.generation, messages=task.scanned)
        await self.close()
        return True

    async def _has_caught_up(self, run: _Run, reader: LogReader) -> bool:
        """Whether all was read that was there at the beginning, and all that the live tables know of this log.

        Were the new tables behind the live ones, what was hidden meanwhile would be seen again.
        """
        places = await reader.positions(run.due)
        if any(places[partition] < due for partition, due in run.due.items()):
            return False
        async with self._database.transaction() as session:
            live = await guards.stored_offsets(session, self._projection.name, run.log_id)
        # A log that was lost and began anew ends before what is remembered of it.
        ends = await reader.end_offsets(run.due)
        return all(place >= min(live.get(partition, 0), ends[partition]) for partition, place in places.items())

    async def _read(self, run: _Run, reader: LogReader, task: IndexTask) -> bool:
        records = await reader.poll(POLL, self._batch)
        self.trouble = None
        if not records:
            return True
        outcome = await run.applier.apply(records)
        async with self._database.transaction() as session:
            await index_tasks.advance(session, task, index_tasks.READING, len(records))
        for partition, stop in outcome.stops.items():
            await reader.seek(partition, stop.offset)
        if outcome.stops:
            partition, first = next(iter(outcome.stops.items()))
            self._wait(f"{partition.topic}/{partition.number} waits: {first.why}")
            return False
        self._failures = 0
        return True

    async def _show(self, run: _Run) -> bool:
        async with run.beside.transaction() as session:
            spreading = await dirt.spread(session)
            work = await dirt.take(session, self._batch)
            if not work:
                return spreading
            documents = await documents_of(session, self._render, [one.id for one in work])
        refused = await write(self._index, changes_of(work, documents), run.generation)
        async with run.beside.transaction() as session:
            await dirt.clean(session, work, {one.id: one.id in documents and one.id not in refused for one in work})
        return True

    def _wait(self, why: str) -> None:
        self._failures += 1
        self._retry_at = time.monotonic() + min(0.5 * 2**self._failures, LONGEST_BACKOFF)
        self.trouble = f"rebuilding from the log: {why}"
        log.warning("rebuild from the log waits", why=why[:300], failures=self._failures)
