"""The projector: applies a batch, commits, and shows it in the index, in turn, alone.

One projector per projection holds a duty (advisory lock) and is assigned every partition, without a group.
A separate indexer beside the consumer would lose updates: it could read a document before a change and index
it after.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import asyncpg
import structlog
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging.consumer import Consumer
from shared.messaging.log import Log
from shared.projection import dirt, index_tasks
from shared.projection.index_tasks import IndexTask
from shared.projection.projection import Projection, orphans, shown
from shared.runtime.metrics import Metrics
from shared.search_index.port import Change, IndexDocument, IndexUnavailable, Remove, SearchIndex, Upsert
from shared.storage.database import Database
from shared.storage.locks import duty

BATCH = 500
LONGEST_BACKOFF = 30.0

Render = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, IndexDocument]]]
"""Makes index documents of documents that may be seen; leaves out kinds that are not indexed. The stamp is
filled in afterwards."""

log = structlog.get_logger()

_SCAN = text("""
    SELECT id, indexed, EXISTS (SELECT FROM dirt WHERE dirt.id = document.id) AS dirty
    FROM document WHERE id > :after ORDER BY id LIMIT :most
""")
_KNOWN = text("""
    SELECT id, indexed, EXISTS (SELECT FROM dirt WHERE dirt.id = document.id) AS dirty
    FROM document WHERE id = ANY(CAST(:ids AS text[]))
""")
_STAMP = text("""
    UPDATE document SET indexed = nextval('stamp') WHERE id = ANY(CAST(:ids AS text[])) RETURNING id, indexed
""")


_OF_CONTENT = (ValueError, TypeError, LookupError, AttributeError)
"""What is wrong with one document, and must not hold up the others."""


def _id_of(change: Change) -> str:
    return change.document.id if isinstance(change, Upsert) else change.id


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
        self._batch = batch
        self._stamps: dict[str, int] | None = None
        self._looked_after_tasks = 0.0
        self._building: frozenset[str] | None = None
        """The generations being filled; None if that is to be read first. Only this projector begins one."""
        self._retry_at = 0.0
        self._failures = 0
        self.trouble: str | None = None
        """Why the index does not follow, if it does not."""
        self.consumer = Consumer(
            database, log_, projection.reactions, alone=True, after=self.after, metrics=self._metrics
        )

    def complaint(self) -> str | None:
        """What is wrong with it now, for health."""
        return self.trouble or self.consumer.complaint()

    async def run(self) -> None:
        """Project until cancelled; stand by while another process does."""
        backoff = 0.5
        while True:
            try:
                async with duty(self._database, f"projector-{self._projection.name}") as held:
                    backoff = 0.5
                    self._building = None  # another may have begun one meanwhile
                    await self._until_lost(held.lost)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
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

    async def after(self) -> bool:
        """Show what is dirty, and go on with what was asked for; whether there is more to do."""
        if time.monotonic() < self._retry_at:
            return False
        try:
            more = await self.show_dirt()
            more = await self._go_on_with_tasks() or more
        except IndexUnavailable as error:
            self._failures += 1
            self._retry_at = time.monotonic() + min(0.5 * 2**self._failures, LONGEST_BACKOFF)
            self.trouble = str(error)
            log.warning("index is away", why=str(error), failures=self._failures)
            return False
        self._failures, self.trouble = 0, None
        return more

    async def show_dirt(self) -> bool:
        """Show one batch in the index; whether there was anything to do."""
        async with self._database.transaction() as session:
            spreading = await dirt.spread(session)
            work = await dirt.take(session, self._batch)
            if not work:
                return spreading
            documents = await self._documents(session, [one.id for one in work])
            if self._building is None:
                self._building = _filled_by(await index_tasks.under_way(session))
        changes: list[Change] = [
            Upsert(replace(documents[one.id], stamp=one.stamp)) if one.id in documents else Remove(one.id)
            for one in work
        ]
        refused = await self._write(changes)
        if self._stamps is not None:  # a comparison is under way: keep its copy true
            for change in changes:
                if isinstance(change, Upsert) and change.document.id not in refused:
                    self._stamps[change.document.id] = change.document.stamp
                else:
                    self._stamps.pop(_id_of(change), None)
        for generation in self._building:
            if generation in await self._index.generations():
                await self._write(changes, generation)
        async with self._database.transaction() as session:
            await dirt.clean(session, work, {one.id: one.id in documents and one.id not in refused for one in work})
        return True

    async def _documents(self, session: AsyncSession, ids: Iterable[str]) -> Mapping[str, IndexDocument]:
        visible = sorted(await shown(session, ids))
        if not visible:
            return {}
        try:
            return await self._render(session, visible)
        except _OF_CONTENT:
            found: dict[str, IndexDocument] = {}
            for id in visible:
                try:
                    found.update(await self._render(session, [id]))
                except _OF_CONTENT as error:
                    log.error("document cannot be rendered: it is not found", id=id, why=repr(error)[:300])
            return found

    async def _write(self, changes: Sequence[Change], generation: str | None = None) -> set[str]:
        """Apply changes to the index; the ids of documents it refuses, which are then out of it."""
        try:
            await self._index.apply(changes, generation=generation)
            return set()
        except ValueError:
            refused: set[str] = set()
            for change in changes:
                try:
                    await self._index.apply([change], generation=generation)
                except ValueError as error:
                    log.error("index refuses document: it is not found", id=_id_of(change), why=str(error)[:300])
                    await self._index.apply([Remove(_id_of(change))], generation=generation)
                    refused.add(_id_of(change))
            return refused

    async def _go_on_with_tasks(self) -> bool:
        """One step of each task, and a look for new ones twice a second; whether there is more to do."""
        now = time.monotonic()
        if now - self._looked_after_tasks < 0.5:
            return False
        self._looked_after_tasks = now
        async with self._database.transaction() as session:
            self._metrics.dirt.labels(self._projection.name).set(await dirt.depth(session))
            self._metrics.orphans.labels(self._projection.name).set(await orphans(session))
            if await index_tasks.verify_is_due(session):
                await index_tasks.ask(session, "verify")
            tasks = await index_tasks.under_way(session)
        self._building = _filled_by(tasks)
        more = False
        for task in tasks:
            if task.kind == "purge":
                more = await self._purge(task, tasks) or more
            else:
                step = self._rebuild if task.kind == "rebuild" else self._verify
                more = await step(task) or more
        if tasks:
            self._building = None  # one may have been finished
        if more:
            self._looked_after_tasks = 0.0
        return more

    async def _purge(self, task: IndexTask, under_way: Sequence[IndexTask]) -> bool:
        if any(one.kind == "rebuild" for one in under_way):
            return False  # it may have begun before what is to be purged was gone
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
            documents = await self._documents(session, [row.id for row in rows])
            stamps = {row.id: row.indexed for row in rows if row.indexed is not None}
            unstamped = [id for id in documents if id not in stamps]
            if unstamped:
                stamps.update((row.id, row.indexed) for row in await session.execute(_STAMP, {"ids": unstamped}))
        if rows:
            upserts = [Upsert(replace(found, stamp=stamps[id])) for id, found in documents.items()]
            await self._write(upserts, generation)
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
        log.info("index rebuilt", generation=generation, documents=task.scanned)

    async def _verify(self, task: IndexTask) -> bool:
        start = task.scanned_to
        if self._stamps is None:
            # It begins, or begins again: what was compared before this process is not known any more.
            self._stamps = {id: stamp async for id, stamp in self._index.stamps()}
            start = ""
        async with self._database.transaction() as session:
            rows = (await session.execute(_SCAN, {"after": start, "most": self._batch})).all()
            documents = await self._documents(session, [row.id for row in rows])
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
    """The generations that rebuilds fill."""
    return frozenset(task.generation for task in tasks if task.kind == "rebuild" and task.generation is not None)
