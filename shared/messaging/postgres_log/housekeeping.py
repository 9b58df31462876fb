"""Compaction of state topics and retention of fact topics, in bounded steps."""

from __future__ import annotations

from datetime import timedelta

from shared.messaging.postgres_log.connection import Connections

STEP = 1_000
"""Records one transaction looks at."""

# The newest record of each key among the next STEP ones removes all older ones of that key, the one that
# an earlier step kept included. Records appended meanwhile have higher offsets: their turn comes.
_COMPACT = """
WITH due AS (
    SELECT key, max(record_offset) AS newest FROM record
     WHERE partition_id = $1 AND record_offset >= $2 AND record_offset < $3
     GROUP BY key
), gone AS (
    DELETE FROM record r USING due
     WHERE r.partition_id = $1 AND r.state AND r.key = due.key AND r.record_offset < due.newest
)
UPDATE upkeep SET compacted_to = $3 WHERE partition_id = $1
"""

_DROP_TOMBSTONES = """
DELETE FROM record WHERE partition_id = $1 AND record_offset IN (
    SELECT record_offset FROM record
     WHERE partition_id = $1 AND state AND value IS NULL AND record_offset < $2
       AND at_ms < (extract(epoch FROM now() - $3::interval) * 1000)::bigint
     ORDER BY record_offset LIMIT $4)
"""

# Always a prefix, so that begin_offset says truly where reading can begin.
_DROP_OLD = """
WITH first AS (
    SELECT record_offset, at_ms FROM record WHERE partition_id = $1 ORDER BY record_offset LIMIT $3
), cut AS (
    SELECT coalesce(
        min(record_offset) FILTER (WHERE at_ms >= (extract(epoch FROM now() - $2::interval) * 1000)::bigint),
        max(record_offset) + 1) AS at
      FROM first
), gone AS (
    DELETE FROM record r USING cut WHERE r.partition_id = $1 AND r.record_offset < cut.at RETURNING 1
), told AS (
    UPDATE upkeep u SET begin_offset = cut.at FROM cut
     WHERE u.partition_id = $1 AND cut.at IS NOT NULL AND (SELECT count(*) FROM gone) > 0
)
SELECT count(*) FROM gone
"""


class Housekeeping:
    """Forgets what a topic need not remember."""

    def __init__(self, connections: Connections, tombstones_kept: timedelta) -> None:
        self._connections = connections
        self._tombstones_kept = tombstones_kept

    async def run(self) -> None:
        """One pass over all partitions. Raises LogUnavailable."""
        async with self._connections.connection() as connection:
            partitions = await connection.fetch(
                "SELECT p.id, t.state, t.retention, p.next_offset, u.compacted_to "
                "FROM partition p JOIN topic t ON t.id = p.topic_id JOIN upkeep u ON u.partition_id = p.id "
                "ORDER BY p.id"
            )
        for row in partitions:
            if row["state"]:
                await self._compact(row["id"], row["compacted_to"], row["next_offset"])
            else:
                await self._repeat(_DROP_OLD, row["id"], row["retention"], STEP)

    async def _compact(self, partition: int, compacted_to: int, end: int) -> None:
        while compacted_to < end:
            step_end = min(compacted_to + STEP, end)
            async with self._connections.connection() as connection:
                await connection.execute(_COMPACT, partition, compacted_to, step_end)
            compacted_to = step_end
        counted = (
            "WITH gone AS (" + _DROP_TOMBSTONES + " RETURNING 1) SELECT count(*) FROM gone"  # noqa: S608
        )
        await self._repeat(counted, partition, compacted_to, self._tombstones_kept, STEP)

    async def _repeat(self, query: str, *arguments: object) -> None:
        while True:
            async with self._connections.connection() as connection:
                dropped = await connection.fetchval(query, *arguments)
            if dropped < STEP:
                return
