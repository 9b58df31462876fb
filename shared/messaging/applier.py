"""Applies what was read from the log: once in effect, in order per key, setting aside what cannot be applied.

A batch is one transaction: guards, reactions, offsets. If it fails, its records run one by one, so that one
bad record costs itself only.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clients.base import ServiceDown
from shared.contracts.base import UnknownContract
from shared.messaging import guards, parking, steps
from shared.messaging.envelope import BadEnvelope, Incoming, age_of, open_envelope
from shared.messaging.log import LogError, Partition, Received
from shared.messaging.reactions import Reactions, TransientFailure
from shared.runtime.correlation import correlated
from shared.runtime.metrics import Metrics
from shared.storage.database import Transactions
from shared.storage.outages import CUT, was_cut

ATTEMPTS = 8
"""How often a transient failure is tried before the message is parked."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Stop:
    """A partition that cannot go on for now."""

    offset: int
    """Where to read on later."""
    why: str
    for_ever: bool = False
    """Whether only a newer version of this process can go on."""


@dataclass
class Outcome:
    """What became of a batch."""

    offsets: dict[Partition, int] = field(default_factory=dict)
    """Where to read on, by partition; already stored."""
    stops: dict[Partition, Stop] = field(default_factory=dict)


def is_transient(error: BaseException) -> bool:
    """Whether trying again later may help: a neighbour is away, a deadlock, a serialization failure."""
    if isinstance(error, DBAPIError | asyncpg.PostgresError):
        # SQLAlchemy hands on what asyncpg raises while it prepares a new connection.
        code = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)
        # 08 connection, 40 rollback, 53 resources, 55P03 lock, 57 operator intervention
        away = isinstance(error, DBAPIError) and was_cut(error)
        return bool(away or (code and code[:2] in {"08", "40", "53", "55", "57"}))
    return isinstance(
        error,
        (TransientFailure, ServiceDown, LogError, OSError, TimeoutError, *CUT),
    )


class Applier:
    """Applies records for one consumer of one service."""

    def __init__(
        self, database: Transactions, reactions: Reactions, log_id: str, *, metrics: Metrics | None = None
    ) -> None:
        self._database = database
        self._reactions = reactions
        self._log_id = log_id
        self._metrics = metrics or Metrics()
        self._attempts: dict[tuple[Partition, int], int] = {}

    async def stored_offsets(self) -> dict[Partition, int]:
        """Where this consumer reads on."""
        async with self._database.transaction() as session:
            return await guards.stored_offsets(session, self._reactions.consumer, self._log_id)

    async def apply(self, records: Sequence[Received]) -> Outcome:
        """Apply a batch. Never raises for what a message does; a database that is away stops the partitions."""
        outcome = Outcome()
        unknown: dict[Partition, Stop] = {}
        readable: list[tuple[Received, Incoming | Exception]] = []
        for record in records:
            if record.partition in unknown:
                continue
            try:
                readable.append((record, open_envelope(record)))
            except UnknownContract as error:
                unknown[record.partition] = Stop(record.offset, str(error), for_ever=True)
            except (BadEnvelope, ValueError) as bad:
                readable.append((record, bad))
        if readable:
            await self._apply_readable(readable, outcome)
        for partition, stop in unknown.items():
            # What came before it may have stopped the partition already: it is read on from there.
            outcome.stops.setdefault(partition, stop)
        return outcome

    async def _apply_readable(
        self, readable: Sequence[tuple[Received, Incoming | Exception]], outcome: Outcome
    ) -> None:
        good = [(record, message) for record, message in readable if isinstance(message, Incoming)]
        if len(good) == len(readable):
            try:
                await self._together(good, outcome)
                return
            except Exception as error:
                log.info("batch failed, going record by record", why=repr(error)[:300], records=len(good))
        for record, message in readable:
            if record.partition not in outcome.stops:
                await self._alone(record, message, outcome)

    async def _together(self, batch: Sequence[tuple[Received, Incoming]], outcome: Outcome) -> None:
        offsets = {record.partition: record.offset + 1 for record, _ in batch}
        consumer, messages = self._reactions.consumer, [message for _, message in batch]
        with steps.processing(self._database.service, consumer, messages) as processed:
            await self._apply_once(processed, offsets)
        outcome.offsets.update(offsets)

    async def _apply_once(self, messages: Sequence[Incoming], offsets: Mapping[Partition, int]) -> None:
        async with self._database.transaction() as session:
            await self._react(session, messages)
            await guards.store_offsets(session, self._reactions.consumer, self._log_id, offsets)

    async def _alone(self, record: Received, message: Incoming | Exception, outcome: Outcome) -> None:
        place = (record.partition, record.offset)
        attempts = self._attempts[place] = self._attempts.get(place, 0) + 1
        try:
            try:
                if isinstance(message, Exception):
                    raise message
                with correlated(message.traceparent):
                    await self._together([(record, message)], outcome)
            except Exception as error:
                if is_transient(error) and attempts < ATTEMPTS:
                    raise
                await self._park(record, message, error, attempts, outcome)
        except Exception as error:
            outcome.stops[record.partition] = Stop(record.offset, f"{type(error).__name__}: {error}")
        else:
            self._attempts.pop(place, None)

    async def _react(self, session: AsyncSession, messages: Sequence[Incoming]) -> None:
        consumer = self._reactions.consumer
        fresh = await guards.newest(session, consumer, messages)
        if fresh:
            for reaction in self._reactions.states:
                mine = [message for message in fresh if message.topic == reaction.topic.name]
                if mine:
                    await reaction.apply(session, mine)
            await parking.supersede(session, consumer, fresh)
        self._metrics.applied.labels(consumer).inc(len(fresh))
        self._metrics.skipped.labels(consumer).inc(len(messages) - len(fresh))
        if not logging.getLogger(__name__).isEnabledFor(logging.DEBUG):
            return  # a quarter of what a message costs, for lines that nobody reads
        for message in fresh:
            with correlated(message.traceparent):
                log.debug("applied", consumer=consumer, type=message.contract.TYPE, key=message.key)

    async def _park(
        self,
        record: Received,
        message: Incoming | Exception,
        error: Exception,
        attempts: int,
        outcome: Outcome,
    ) -> None:
        consumer = self._reactions.consumer
        offsets = {record.partition: record.offset + 1}
        topic = record.partition.topic
        try:
            age: tuple[int, int] | None = age_of(record)
        except BadEnvelope:
            age = None
        async with self._database.transaction() as session:
            newest = True
            if age is not None:
                newest = age > (await guards.ages(session, consumer, [(topic, record.key)]))[topic, record.key]
            if newest:
                await parking.park(session, consumer, record, age or (-1, record.offset), error, attempts)
                await self._reactions.of(topic).hide(session, record.key)
                if age is not None:
                    await guards.advance_to(session, consumer, (topic, record.key), age)
            await guards.store_offsets(session, consumer, self._log_id, offsets)
        outcome.offsets.update(offsets)
        if not newest:
            return  # a newer one took its place
        with correlated(message.traceparent if isinstance(message, Incoming) else record.header("traceparent")):
            log.error("message parked", consumer=consumer, topic=topic, key=record.key, why=repr(error)[:500])
