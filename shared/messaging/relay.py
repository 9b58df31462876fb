"""Moves messages from a service's outbox to the log.

One relay per service is active; others stand by. It reads *committed, unpublished* rows by ``seq`` and keeps
no cursor: sequence values become visible out of order, so a cursor would step over rows for ever. What was
appended is deleted; a crash in between sends it again, and consumers skip what they have.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from shared.messaging import steps
from shared.messaging.envelope import record_of
from shared.messaging.log import Log, LogError, LogWriter, Rejected
from shared.runtime.metrics import Metrics
from shared.storage.database import Database
from shared.storage.locks import Duty, duty
from shared.storage.outages import AWAY

BATCH = 500
LONGEST_BACKOFF = 30.0

log = structlog.get_logger()

LARGEST_BATCH = 8_000_000
"""Bytes of payload in a batch, unless one message alone has more."""

_UNPUBLISHED = """
    WITH next AS (
        SELECT seq, topic, key, headers, payload FROM outbox o
        WHERE NOT EXISTS (
            SELECT FROM unnest($1::text[], $2::text[]) AS blocked(topic, key)
            WHERE blocked.topic = o.topic AND blocked.key = o.key)
        ORDER BY seq LIMIT $3
    ), summed AS (
        SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS before FROM next
    )
    SELECT seq, topic, key, headers, payload FROM summed WHERE before < $4 ORDER BY seq
"""


@dataclass
class Block:
    """A key whose messages the log refuses: its rows wait, in order, until ``until``."""

    attempts: int
    until: float
    error: str


class Relay:
    """The relay of one service."""

    def __init__(self, database: Database, log_: Log, *, metrics: Metrics | None = None, batch: int = BATCH) -> None:
        self._database = database
        self._log = log_
        self._metrics = metrics or Metrics()
        self._batch = batch
        self.name = f"relay-{database.service}"
        self.active = False
        self.trouble: str | None = None
        """Why nothing moves, if nothing moves."""
        self.blocked: dict[tuple[str, str], Block] = {}

    def complaint(self) -> str | None:
        """What is wrong with it now, for health."""
        if self.blocked:
            (topic, key), block = next(iter(self.blocked.items()))
            return f"{len(self.blocked)} key(s) refused by the log, such as {topic} {key}: {block.error}"
        return self.trouble

    async def run(self) -> None:
        """Relay until cancelled; after another process has taken over, as a standby again."""
        backoff = 0.2
        while True:
            started = time.monotonic()
            try:
                async with duty(self._database, self.name) as held:
                    await self._while_holding(held)
            except (LogError, *AWAY) as error:
                if time.monotonic() - started > LONGEST_BACKOFF:
                    backoff = 0.2
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("relay waits", service=self._database.service, why=self.trouble, seconds=backoff)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)
            finally:
                self.active = False

    async def _while_holding(self, held: Duty) -> None:
        writer = self._log.writer(self.name)
        connection = await self._database.connect()
        try:
            await writer.open()
            await self._database.bell.listen(connection)
            self.active = self._database.bell.relay_is_near = True
            while not held.lost.is_set():
                if not await self.move(connection, writer):
                    self.trouble = None
                    await self._database.bell.wait(1.0)
        finally:
            self.active = self._database.bell.relay_is_near = False
            # From here on another relay may send what this one was refused.
            self.blocked.clear()
            await writer.close()
            await connection.close(timeout=2)

    async def move(self, connection: asyncpg.Connection, writer: LogWriter) -> bool:
        """Move one batch; whether there was anything to do."""
        now = time.monotonic()
        waiting = [key for key, block in self.blocked.items() if block.until > now]
        rows: Sequence[Any] = await connection.fetch(
            _UNPUBLISHED, [topic for topic, _ in waiting], [key for _, key in waiting], self._batch, LARGEST_BATCH
        )
        if not rows:
            return False
        messages = [{**row, "headers": json.loads(row["headers"])} for row in rows]
        try:
            with steps.sending(self._database.service, messages) as leaving:
                await writer.append(
                    [
                        record_of(row["topic"], row["key"], row["payload"], headers)
                        for row, headers in zip(rows, leaving, strict=True)
                    ]
                )
        except Rejected as rejected:
            # Nothing was appended. Leave out the refused keys, so that their order holds, and go on.
            for index, why in rejected.failures.items():
                self._block(rows[index]["topic"], rows[index]["key"], why)
            return True
        await connection.execute("DELETE FROM outbox WHERE seq = ANY($1::bigint[])", [row["seq"] for row in rows])
        for row in rows:
            self.blocked.pop((row["topic"], row["key"]), None)
        self._metrics.relayed.labels(self._database.service).inc(len(rows))
        return True

    def _block(self, topic: str, key: str, why: Exception) -> None:
        attempts = (self.blocked[topic, key].attempts if (topic, key) in self.blocked else 0) + 1
        seconds = min(0.5 * 2**attempts, LONGEST_BACKOFF)
        self.blocked[topic, key] = Block(attempts, time.monotonic() + seconds, str(why))
        log.warning("log refused a message", topic=topic, key=key, why=str(why), retry_in=seconds)
