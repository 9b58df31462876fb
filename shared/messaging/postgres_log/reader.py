"""Reads all its partitions in one round trip per poll."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from shared.messaging.log import LogError, Partition, PartitionsHook, Received
from shared.messaging.postgres_log.connection import Connections
from shared.messaging.postgres_log.group import Group, Member
from shared.messaging.postgres_log.headers import decode

_log = logging.getLogger(__name__)

MAX_POLL_BYTES = 16 * 1024 * 1024
"""A poll stops before the record that would pass it; the first one always comes."""

# One statement has one snapshot: next_offset belongs to exactly the records that are seen. A position
# beyond it (the log was lost and began anew) starts again at the beginning. Every partition gives at least
# one row, so that its end is known.
_FETCH = """
SELECT w.turn, w.start, p.next_offset, r.record_offset, r.at_ms, r.key, r.value, r.headers
  FROM (SELECT a.turn, a.id, CASE WHEN a.at > q.next_offset THEN 0 ELSE a.at END AS start
          FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS a(id, at, turn)
          JOIN partition q ON q.id = a.id) w
  JOIN partition p ON p.id = w.id
  LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT s.*, sum(octet_length(coalesce(s.value, ''))) OVER (ORDER BY s.record_offset) AS bytes
        FROM (SELECT * FROM record
               WHERE partition_id = w.id AND record_offset >= w.start
               ORDER BY record_offset LIMIT $3) s
    ) t WHERE t.bytes - octet_length(coalesce(t.value, '')) < $4
  ) r ON true
 ORDER BY w.turn, r.record_offset
 LIMIT $5
"""


class PostgresReader:
    """A reader of the PostgreSQL log. Writers of the same process wake it at once; else it looks regularly."""

    def __init__(
        self,
        connections: Connections,
        partition_ids: Callable[[str], Awaitable[dict[Partition, int]]],
        group: Group | None,
        idle_poll: float,
        on_close: Callable[[PostgresReader], None],
    ) -> None:
        self._connections = connections
        self._partition_ids = partition_ids
        self._group = group
        self._idle_poll = idle_poll
        self._on_close = on_close
        self._woken = asyncio.Event()
        self._member: Member | None = None
        self._on_assigned: PartitionsHook | None = None
        self._on_revoked: PartitionsHook | None = None
        self._by_hand = False
        self._closed = False
        self._turn = 0
        self._rows: dict[Partition, int] = {}
        self._positions: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._unannounced: frozenset[Partition] = frozenset()

    async def assign(self, partitions: Iterable[Partition]) -> None:
        """Read exactly these partitions, from their beginning until `seek` says otherwise.

        Raises UnknownTopic, LogUnavailable.
        """
        if self._member is not None:
            raise LogError("this reader is a member of a group: use another one for assign()")
        wanted = list(partitions)
        await self._learn(wanted)
        self._by_hand = True
        self._positions = {partition: self._positions.get(partition, 0) for partition in wanted}
        self._paused &= self._positions.keys()
        self._woken.set()

    async def subscribe(self, topics: Iterable[str], *, assigned: PartitionsHook, revoked: PartitionsHook) -> None:
        """Share the topics with the other members of the group. Raises UnknownTopic, LogUnavailable."""
        if self._group is None:
            raise LogError("subscribe() needs a group: name one when making the reader")
        if self._by_hand:
            raise LogError("this reader has partitions by hand: use another one for subscribe()")
        wanted: set[Partition] = set()
        for topic in topics:
            found = await self._partition_ids(topic)
            self._rows |= found
            wanted |= found.keys()
        self._on_assigned, self._on_revoked = assigned, revoked
        if self._member is None:
            self._member = Member(self._woken.set)
        self._group.join(self._member, frozenset(wanted))

    async def poll(self, timeout: float, max_records: int = 500) -> list[Received]:
        """Records that are there; waits up to ``timeout`` seconds for the first. Raises LogUnavailable."""
        deadline = time.monotonic() + timeout
        while True:
            if self._closed:
                raise LogError("this reader is closed")
            self._woken.clear()
            await self._rebalance()
            batch = await self._fetch(max_records)
            left = deadline - time.monotonic()
            if batch or left <= 0:
                return batch
            try:
                async with asyncio.timeout(min(left, self._idle_poll)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store the next offsets to be read under the group's name. Does not raise on outage."""
        if self._group is None or not offsets:
            return
        try:
            await self._learn(offsets)
            # Sorted: two members that commit the same partitions lock the rows in one order.
            told = sorted((self._rows[partition], offset) for partition, offset in offsets.items())
            async with self._connections.connection() as connection:
                await connection.execute(
                    "INSERT INTO committed (group_name, partition_id, next_offset) "
                    "SELECT $1, * FROM unnest($2::integer[], $3::bigint[]) "
                    "ON CONFLICT (group_name, partition_id) DO UPDATE SET next_offset = excluded.next_offset",
                    self._group.name,
                    [row for row, _ in told],
                    [offset for _, offset in told],
                )
        except LogError as error:
            _log.info("the offsets of group %s were not committed: %s", self._group.name, error)

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """What was last committed under the group's name. Raises LogUnavailable."""
        if self._group is None:
            return {}
        return await self._ask(
            partitions,
            "SELECT partition_id AS id, next_offset AS at FROM committed "
            "WHERE partition_id = ANY($1) AND group_name = $2",
            self._group.name,
        )

    async def seek(self, partition: Partition, offset: int) -> None:
        """Read on from ``offset``."""
        if partition in self._positions:
            self._positions[partition] = max(0, offset)
            self._woken.set()

    async def pause(self, partitions: Iterable[Partition]) -> None:
        """Keep the partitions but return no records of them."""
        self._paused.update(partitions)

    async def resume(self, partitions: Iterable[Partition]) -> None:
        """Undo `pause`."""
        self._paused.difference_update(partitions)
        self._woken.set()

    async def begin_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The first offset that still can be read. Raises UnknownTopic, LogUnavailable."""
        return await self._ask(
            partitions, "SELECT partition_id AS id, begin_offset AS at FROM upkeep WHERE partition_id = ANY($1)"
        )

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The offset the next committed record will have. Raises UnknownTopic, LogUnavailable."""
        return await self._ask(partitions, "SELECT id, next_offset AS at FROM partition WHERE id = ANY($1)")

    async def positions(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Where each assigned partition is read next."""
        return {partition: self._positions[partition] for partition in partitions if partition in self._positions}

    async def close(self) -> None:
        """Leave the group and let go. Never raises."""
        if self._closed:
            return
        self._closed = True
        self._woken.set()
        if self._group is not None and self._member is not None:
            self._group.leave(self._member)
        self._positions = {}
        self._on_close(self)

    def wake(self, topics: frozenset[str]) -> None:
        """Something was appended to these topics."""
        if not self._woken.is_set() and any(partition.topic in topics for partition in self._positions):
            self._woken.set()

    async def _learn(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            if partition not in self._rows:
                self._rows |= await self._partition_ids(partition.topic)
            if partition not in self._rows:
                raise LogError(f"the topic {partition.topic!r} has no partition {partition.number}")

    async def _ask(self, partitions: Iterable[Partition], query: str, *more: str) -> dict[Partition, int]:
        wanted = list(partitions)
        await self._learn(wanted)
        async with self._connections.connection() as connection:
            rows = await connection.fetch(query, [self._rows[partition] for partition in wanted], *more)
        found = {row["id"]: row["at"] for row in rows}
        return {p: found[self._rows[p]] for p in wanted if self._rows[p] in found}

    async def _rebalance(self) -> None:
        """Let go of what the group took, take what it gives, and run the hooks for it."""
        group, member = self._group, self._member
        if group is None or member is None or self._on_assigned is None or self._on_revoked is None:
            return
        if lost := group.lost(member):
            if announced := lost - self._unannounced:
                await self._on_revoked(announced)
            for partition in lost:
                self._positions.pop(partition, None)
            self._paused -= lost
            self._unannounced -= lost
            group.release(member, lost)
        if gained := group.gained(member):
            group.take(member, gained)
            self._unannounced |= gained
        if self._unannounced:
            started = await self.committed(self._unannounced)
            for partition in self._unannounced:
                self._positions[partition] = started.get(partition, 0)
            # If the hook raises they stay unannounced: nothing of them is returned, and it runs again.
            await self._on_assigned(self._unannounced)
            self._unannounced = frozenset()

    async def _fetch(self, max_records: int) -> list[Received]:
        open_now = [p for p in self._positions if p not in self._paused]
        if not open_now:
            return []
        # Another partition comes first each time: a full one does not starve the others.
        self._turn = (self._turn + 1) % len(open_now)
        wanted = open_now[self._turn :] + open_now[: self._turn]
        asked = [self._positions[partition] for partition in wanted]
        async with self._connections.connection() as connection:
            rows = await connection.fetch(
                _FETCH, [self._rows[p] for p in wanted], asked, max_records, MAX_POLL_BYTES, max_records
            )
        return self._take(wanted, asked, rows, max_records)

    def _take(self, wanted: list[Partition], asked: list[int], rows: list[Any], max_records: int) -> list[Received]:
        batch: list[Received] = []
        reached: dict[Partition, int] = {}
        size = 0
        for row in rows:
            partition = wanted[row["turn"] - 1]
            if row["record_offset"] is None:
                # Nothing there: whatever lay before the end is compacted away.
                reached[partition] = row["next_offset"]
                continue
            size += len(row["value"] or b"")
            if batch and size > MAX_POLL_BYTES:
                break
            batch.append(
                Received(
                    partition=partition,
                    offset=row["record_offset"],
                    key=row["key"].decode(),
                    value=row["value"],
                    headers=decode(row["headers"]),
                    timestamp_ms=row["at_ms"],
                )
            )
            reached[partition] = row["record_offset"] + 1
        if size < MAX_POLL_BYTES and len(rows) < max_records:
            # Not cut off by any limit: all of these partitions were read to their ends.
            for row in rows:
                reached[wanted[row["turn"] - 1]] = row["next_offset"]
        for partition, before in zip(wanted, asked, strict=True):
            # A seek, a rebalance or a close may have come while the database answered: it wins.
            if partition in reached and self._positions.get(partition) == before:
                self._positions[partition] = reached[partition]
        return [record for record in batch if self._positions.get(record.partition) == reached[record.partition]]
