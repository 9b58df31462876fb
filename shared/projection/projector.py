"""The projector: applies a batch, commits, and shows it in the index, in turn, alone.

One projector per projection holds a duty (advisory lock) and is assigned every partition, without a group.
A separate indexer beside the consumer would lose updates: it could read a document before a change and index
it after.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging import outbox
from shared.messaging.consumer import Consumer
from shared.messaging.log import Log
from shared.projection import dirt, index_tasks
from shared.projection.causes import Causes
from shared.projection.from_log import FromLog, drop_left_over
from shared.projection.gauges import Gauges
from shared.projection.index_tasks import IndexTask
from shared.projection.projection import Projection, has_documents
from shared.projection.showing import Render, changes_of, documents_of, id_of, write
from shared.runtime.metrics import Metrics
from shared.search_index.port import IndexUnavailable, SearchIndex, Upsert
from shared.storage.database import Database
from shared.storage.locks import duty
from shared.storage.outages import AWAY

BATCH = 500
LONGEST_BACKOFF = 30.0
_TASKS_EVERY = 0.5
"""Seconds between two looks for new tasks."""

log = structlog.get_logger()

_SCAN = text("""
    SELECT id, indexed, EXISTS (SELECT FROM dirt WHERE dirt.id = document.id) AS dirty
    FROM document WHERE id > :after ORDER BY id LIMIT :most
""")
_KNOWN = text("""
    SELECT id, indexed, EXISTS (SELECT FROM dirt WHERE dirt.id = document.id) AS dirty
    FROM document WHERE id = ANY(CAST(:ids AS text[]))
""")
_NEXT_ORDINAL = text("""
    INSERT INTO telling AS t (name, ordinal) VALUES (:name, 1)
    ON CONFLICT (name) DO UPDATE SET ordinal = t.ordinal + 1 RETURNING ordinal
""")
_STAMP = text("""
    UPDATE document SET indexed = nextval('stamp') WHERE id = ANY(CAST(:ids AS text[])) RETURNING id, indexed
""")


def _differs(found: bool, indexed: int | None, held: int | None) -> bool:
    """Whether the index holds another stamp of a document than it should, or one of what is not found."""
    return held is None or held != indexed if found else held is not None


class Projector:
    """Keeps one index the picture of one projection."""

    def __init__(
        self,
        database: Database,
        log_: Log,
        projection: Projection,
        index: SearchIndex,
        render: Render,
        *,
        metrics: Metrics | None = None,
        batch: int = BATCH,
    ) -> None:
        self._database = database
        self._projection = projection
        self._index = index
        self._render = render
        self._metrics = metrics or Metrics()
        self._gauges = Gauges(database, projection.name, index, self._metrics)
        self._batch = batch
        self._stamps: dict[str, int] | None = None
        self._looked_after_tasks = 0.0
        self._building: frozenset[str] | None = None
        """The generations being filled; None if that is to be read first. Only this projector begins one."""
        self._claims = False
        """Whether the index is to be claimed before it is written again: with each duty, and after each failure."""
        self._looks_whole = False
        """Whether it is to be seen if the index was lost: with each duty."""
        self._retry_at = 0.0
        self._failures = 0
        self._from_log = FromLog(database, log_, projection, index, render, batch=batch)
        self.trouble: str | None = None
        """Why the index does not follow, if it does not."""
        self._causes = Causes(database.service, projection.name)
        reactions = self._causes.remembering(projection.reactions)
        self.consumer = Consumer(database, log_, reactions, alone=True, after=self.after, metrics=self._metrics)

    def complaint(self) -> str | None:
        """What is wrong with it now, for health."""
        return self.trouble or self._from_log.trouble or self.consumer.complaint()

    async def run(self) -> None:
        """Project until cancelled; stand by while another process does."""
        backoff = 0.5
        while True:
            try:
                async with duty(self._database, f"projector-{self._projection.name}") as held:
                    backoff = 0.5
                    self._building = None  # another may have begun one meanwhile
                    self._claims = self._looks_whole = True
                    await self._until_lost(held.lost)
            except AWAY as error:
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("projector waits", why=self.trouble, seconds=backoff)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _until_lost(self, lost: asyncio.Event) -> None:
        working = asyncio.create_task(self.consumer.run())
        losing = asyncio.create_task(lost.wait())
        try:
            await asyncio.wait([working, losing], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for task in (working, losing):
                task.cancel()
            await asyncio.gather(working, losing, return_exceptions=True)
            await self._from_log.close()

    async def after(self) -> bool:
        """Show what is dirty, and go on with what was asked for; whether there is more to do."""
        if time.monotonic() < self._retry_at:
            return False
        try:
            await self._take_up()
            more = await self.show_dirt()
            more = await self._go_on_with_tasks() or more
        except IndexUnavailable as error:
            self._failures += 1
            self._claims = True
            self._metrics.index_up.labels(self._projection.name).set(0)
            self._retry_at = time.monotonic() + min(0.5 * 2**self._failures, LONGEST_BACKOFF)
            self.trouble = str(error)
            log.warning("index is away", why=str(error), failures=self._failures)
            return False
        self._failures, self.trouble = 0, None
        self._metrics.index_up.labels(self._projection.name).set(1)
        return more

    async def _take_up(self) -> None:
        """Have the index written by nobody else, before anything is read that is to be written there; and have it built
        anew if it was lost."""
        if self._claims:
            await self._index.claim()
            self._claims = False
        if not self._looks_whole:
            return
        if await self._index.needs_rebuild():
            async with self._database.transaction() as session:
                if await has_documents(session):
                    log.warning("the index was lost or is of another version: building it again")
                # With nothing to show too: only an index that a rebuild made counts as whole at the next start.
                await index_tasks.ask(session, "rebuild")
        self._looks_whole = False

    async def show_dirt(self) -> bool:
        """Show one batch in the index; whether there was anything to do."""
        async with self._database.transaction() as session:
            spreading = await dirt.spread(session)
            work = await dirt.take(session, self._batch)
            if not work:
                return spreading
            documents = await documents_of(session, self._render, [one.id for one in work])
            if self._building is None:
                self._building = _filled_by(await index_tasks.under_way(session))
        changes = changes_of(work, documents)
        with self._causes.showing([one.id for one in work]):
            refused = await write(self._index, changes)
        if self._stamps is not None:  # a comparison is under way: keep its copy true
            for change in changes:
                if isinstance(change, Upsert) and change.document.id not in refused:
                    self._stamps[change.document.id] = change.document.stamp
                else:
                    self._stamps.pop(id_of(change), None)
        for generation in self._building:
            if generation in await self._index.generations():
                await write(self._index, changes, generation)
        async with self._database.transaction() as session:
            await dirt.clean(session, work, {one.id: one.id in documents and one.id not in refused for one in work})
            await self._tell(session, {one.id.partition(":")[0] for one in work})
        return True

    async def _tell(self, session: AsyncSession, kinds: Iterable[str]) -> None:
        """Tell, once it is so, that something of these kinds is shown otherwise."""
        if self._projection.told is not None:
            # Its row stays locked until the commit: messages leave in the order of their ordinals.
            row = await session.execute(_NEXT_ORDINAL, {"name": self._projection.name})
            await outbox.write(session, self._projection.told(sorted(kinds)), ordinal=row.scalar_one())

    async def _go_on_with_tasks(self) -> bool:
        """One step of each task, and a look for new ones twice a second; whether there is more to do."""
        now = time.monotonic()
        if now - self._looked_after_tasks < _TASKS_EVERY:
            return False
        self._looked_after_tasks = now
        await self._gauges.read()
        async with self._database.transaction() as session:
            if await index_tasks.verify_is_due(session):
                await index_tasks.ask(session, "verify")
            tasks = await index_tasks.under_way(session)
        self._building = _filled_by(tasks)
        more = False
        try:
            for task in _in_turn(tasks):
                more = await self._step(task) or more
        finally:
            if tasks:
                self._building = None  # one may have been finished, or the tables swapped
        if more:
            self._looked_after_tasks = 0.0
        return more

    async def _step(self, task: IndexTask) -> bool:
        match task.kind:
            case "rebuild":
                return await self._rebuild(task)
            case "purge":
                return await self._purge(task)
            case index_tasks.FROM_LOG if task.scanned_to == index_tasks.SWAPPED:
                return await self._swap_after_tables(task)
            case index_tasks.FROM_LOG:
                return await self._from_log.step(task)
            case _:
                return await self._verify(task)

    async def _swap_after_tables(self, task: IndexTask) -> bool:
        """The index follows the tables; what changed since went to both generations."""
        generation = task.generation or ""
        if generation != await self._index.live():
            if generation not in await self._index.generations():
                log.warning("the generation was lost before it was swapped in: building it again", name=generation)
                async with self._database.transaction() as session:
                    await index_tasks.ask(session, "rebuild")
                    await index_tasks.finish(session, task)
                return True
            await self._index.swap(generation)
        async with self._database.transaction() as session:
            await drop_left_over(session)
        await self._rebuilt(task, generation)
        return True

    async def _purge(self, task: IndexTask) -> bool:
        async with self._database.transaction() as session:
            await index_tasks.ask(session, "rebuild")
            await index_tasks.finish(session, task)
        return True

    async def _rebuild(self, task: IndexTask) -> bool:
        generation = task.generation or f"g{task.id}"
        start = task.scanned_to
        if generation == await self._index.live():
            # Swapped, but stopped before this was noted.
            await self._rebuilt(task, generation)
            return False
        if generation not in await self._index.generations():
            await self._index.begin(generation)
            start = ""
        async with self._database.transaction() as session:
            rows = (await session.execute(_SCAN, {"after": start, "most": self._batch})).all()
            documents = await documents_of(session, self._render, [row.id for row in rows])
            stamps = {row.id: row.indexed for row in rows if row.indexed is not None}
            unstamped = [id for id in documents if id not in stamps]
            if unstamped:
                stamps.update((row.id, row.indexed) for row in await session.execute(_STAMP, {"ids": unstamped}))
        if rows:
            upserts = [Upsert(replace(found, stamp=stamps[id])) for id, found in documents.items()]
            await write(self._index, upserts, generation)
            async with self._database.transaction() as session:
                await index_tasks.advance(session, task, rows[-1].id, len(rows))
            return True
        await self._index.swap(generation)
        await self._rebuilt(task, generation)
        return False

    async def _rebuilt(self, task: IndexTask, generation: str) -> None:
        self._stamps = None  # a comparison under way was with another generation: it begins again
        for old in await self._index.generations():
            if old != generation:
                await self._index.drop(old)
        async with self._database.transaction() as session:
            await index_tasks.finish(session, task)
            await self._tell(session, [one.entity for one in self._projection.pictures])
        log.info("index rebuilt", generation=generation, documents=task.scanned)

    async def _verify(self, task: IndexTask) -> bool:
        start = task.scanned_to
        if self._stamps is None:
            # It begins, or begins again: what was compared before this process is not known any more.
            self._stamps = {id: stamp async for id, stamp in self._index.stamps()}
            start = ""
        async with self._database.transaction() as session:
            rows = (await session.execute(_SCAN, {"after": start, "most": self._batch})).all()
            documents = await documents_of(session, self._render, [row.id for row in rows])
            different = [
                row.id
                for row in rows
                if not row.dirty and _differs(row.id in documents, row.indexed, self._stamps.get(row.id))
            ]
            if rows:
                await index_tasks.advance(session, task, rows[-1].id, len(rows), len(different))
            else:
                different = await self._unaccounted(session, self._stamps)
                await index_tasks.finish(session, task, len(different))
                log.info("index verified", differences=task.differences + len(different))
            await dirt.mark(session, different)
        for row in rows:
            self._stamps.pop(row.id, None)
        if not rows:
            self._stamps = None
        return bool(rows or different)

    @staticmethod
    async def _unaccounted(session: AsyncSession, left: Mapping[str, int]) -> list[str]:
        """Those in the index that no document accounts for; others were shown anew after they were compared."""
        known = {row.id: row for row in await session.execute(_KNOWN, {"ids": list(left)})}
        return [
            id for id, stamp in left.items() if id not in known or (not known[id].dirty and known[id].indexed != stamp)
        ]


def _filled_by(tasks: Iterable[IndexTask]) -> frozenset[str]:
    """The generations that changes go to as well: those of rebuilds, and one whose tables are live already."""
    return frozenset(
        task.generation
        for task in tasks
        if task.generation is not None
        and (task.kind == "rebuild" or (task.kind == index_tasks.FROM_LOG and task.scanned_to == index_tasks.SWAPPED))
    )


def _in_turn(tasks: Sequence[IndexTask]) -> list[IndexTask]:
    """Those that may go on now.

    One generation is filled at a time, the first that was asked for. A purge waits for it: it may have begun before
    what is to be purged was gone. A comparison waits for a rebuild from the log, which changes the tables.
    """
    filling = [task for task in tasks if task.kind in {"rebuild", index_tasks.FROM_LOG}]
    first = min(filling, key=lambda task: task.id, default=None)
    from_log = any(task.kind == index_tasks.FROM_LOG for task in filling)
    return [
        task
        for task in tasks
        if task is first or (task.kind == "purge" and first is None) or (task.kind == "verify" and not from_log)
    ]
