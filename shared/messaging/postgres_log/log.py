"""Topics, partitions and the in-process wake-up of the PostgreSQL log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from shared.messaging.log import LogError, LogUnavailable, Mismatch, Partition, Topic, TopicKind, UnknownTopic
from shared.messaging.postgres_log.connection import Connections
from shared.messaging.postgres_log.group import Group
from shared.messaging.postgres_log.housekeeping import Housekeeping
from shared.messaging.postgres_log.reader import PostgresReader
from shared.messaging.postgres_log.writer import PostgresWriter

_log = logging.getLogger(__name__)


class PostgresLog:
    """The log in the database ``dsn``, owned by one process: groups live in its memory.

    Construction connects to nothing. Durations are seconds.
    """

    def __init__(
        self,
        dsn: str,
        *,
        pool_size: int = 4,
        deadline: float = 10.0,
        idle_poll: float = 1.0,
        housekeeping_every: float = 60.0,
        tombstones_kept: timedelta = timedelta(days=1),
    ) -> None:
        self._connections = Connections(dsn, pool_size, deadline)
        self._idle_poll = idle_poll
        self._housekeeping_every = housekeeping_every
        self._housekeeping = Housekeeping(self._connections, tombstones_kept)
        self._housekeeper: asyncio.Task[None] | None = None
        self._ids: dict[str, dict[Partition, int]] = {}
        self._readers: set[PostgresReader] = set()
        self._groups: dict[str, Group] = {}

    async def identity(self) -> str:
        """A uuid stored in the database. Raises LogUnavailable."""
        return str(await self._connections.identity())

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Create those that are missing; leave the others as they are. Raises LogUnavailable."""
        async with self._connections.connection() as connection, connection.transaction():
            for topic in sorted(topics, key=lambda topic: topic.name):
                created = await connection.fetchval(
                    "INSERT INTO topic (name, state, retention) VALUES ($1, $2, $3) "
                    "ON CONFLICT (name) DO NOTHING RETURNING id",
                    topic.name,
                    topic.kind is TopicKind.STATE,
                    topic.retention,
                )
                if created is not None:
                    await connection.execute(
                        "WITH made AS (INSERT INTO partition (topic_id, number) "
                        "SELECT $1, generate_series(0, $2 - 1) RETURNING id) "
                        "INSERT INTO upkeep (partition_id) SELECT id FROM made",
                        created,
                        topic.partitions,
                    )
        self._keep_house()

    async def check_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        """In what the topics differ from their declarations. Raises LogUnavailable."""
        declared = list(topics)
        async with self._connections.connection() as connection:
            rows = await connection.fetch(
                "SELECT t.name, t.state, t.retention, count(p.id) AS partitions FROM topic t"
                " JOIN partition p ON p.topic_id = t.id WHERE t.name = ANY($1) GROUP BY t.id",
                [topic.name for topic in declared],
            )
        found = {row["name"]: row for row in rows}
        return [one for topic in declared for one in _mismatches(topic, found.get(topic.name))]

    async def apply_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        """Create what is missing and mend what can be mended; what is left. Raises LogUnavailable."""
        declared = list(topics)
        await self.create_topics(declared)
        async with self._connections.connection() as connection, connection.transaction():
            for topic in sorted(declared, key=lambda topic: topic.name):
                await connection.execute(
                    "UPDATE topic SET retention = $2 WHERE name = $1 AND retention <> $2", topic.name, topic.retention
                )
        return await self.check_topics(declared)

    async def partitions(self, topic: str) -> list[Partition]:
        """All partitions of a topic. Raises UnknownTopic, LogUnavailable."""
        return sorted(await self.partition_ids(topic))

    async def partition_ids(self, topic: str) -> dict[Partition, int]:
        """The partitions of a topic and their rows' ids. Raises UnknownTopic, LogUnavailable."""
        known = self._ids.get(topic)
        if known is None:
            async with self._connections.connection() as connection:
                rows = await connection.fetch(
                    "SELECT p.number, p.id FROM partition p JOIN topic t ON t.id = p.topic_id WHERE t.name = $1",
                    topic,
                )
            if not rows:
                raise UnknownTopic(f"the topic {topic!r} does not exist: create it first")
            # The number of partitions of a live topic never changes.
            known = self._ids[topic] = {Partition(topic, row["number"]): row["id"] for row in rows}
        return known

    def writer(self, name: str) -> PostgresWriter:
        """A writer; call its ``open`` before the first append."""
        return PostgresWriter(name, self._connections, self.partition_ids, self._appended)

    def reader(self, group: str | None = None) -> PostgresReader:
        """A reader; with a group it can subscribe together with the others of this process."""
        membership = self._groups.setdefault(group, Group(group)) if group is not None else None
        reader = PostgresReader(
            self._connections, self.partition_ids, membership, self._idle_poll, on_close=self._readers.discard
        )
        self._readers.add(reader)
        return reader

    async def keep_house(self) -> None:
        """Compact and drop what is due, once, now. It happens by itself in the background too.

        Raises LogUnavailable.
        """
        await self._housekeeping.run()

    async def close(self) -> None:
        """Stop the housekeeping and let go of the connections, within a deadline. Never raises."""
        task, self._housekeeper = self._housekeeper, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=1)
        for reader in list(self._readers):
            await reader.close()
        await self._connections.close()

    def _appended(self, topics: frozenset[str]) -> None:
        for reader in self._readers:
            reader.wake(topics)
        self._keep_house()

    def _keep_house(self) -> None:
        if self._housekeeper is None or self._housekeeper.done():
            self._housekeeper = asyncio.create_task(self._keep_house_regularly(), name="log-housekeeping")

    async def _keep_house_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._housekeeping_every)
            try:
                await self._housekeeping.run()
            except LogUnavailable as error:
                _log.info("housekeeping of the log waits: %s", error)
            except LogError:
                _log.exception("housekeeping of the log failed")


def _mismatches(topic: Topic, found: Any) -> list[Mismatch]:
    if found is None:
        return [Mismatch(topic.name, "")]
    # Records carry their topic's kind from when they were appended: it cannot be changed afterwards.
    kind = TopicKind.STATE if found["state"] else TopicKind.FACTS
    compared = (
        ("kind", kind, topic.kind, False),
        ("partitions", found["partitions"], topic.partitions, False),
        ("retention", found["retention"], topic.retention, True),
    )
    return [
        Mismatch(topic.name, what, str(there), str(wanted), mendable)
        for what, there, wanted, mendable in compared
        if there != wanted and not (what == "retention" and topic.kind is TopicKind.STATE)
    ]
