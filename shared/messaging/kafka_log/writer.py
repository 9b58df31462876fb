"""Appends to Kafka: one transaction per batch, fenced by its transactional id."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka import errors as kafka_errors

from shared.messaging.kafka_log.failures import is_fenced, translate
from shared.messaging.kafka_log.settings import KafkaSettings
from shared.messaging.kafka_log.thread import ClientThread
from shared.messaging.log import (
    Fenced,
    LogError,
    LogUnavailable,
    Partition,
    Record,
    Rejected,
    UnknownTopic,
    refusal,
)

_log = logging.getLogger(__name__)


class KafkaWriter:
    """One transactional producer.

    It is never rebuilt silently: a new producer takes the name (and fences the others), which only
    `open` may do. After an outage the same producer first ends the transaction that the outage left
    open. kafka-python gives a producer up for good when a request of its transaction is not answered in
    time (a broker that fell silent, not one that refuses): then `append` raises `Fenced`, and the caller
    opens again if it may.
    """

    def __init__(
        self, settings: KafkaSettings, name: str, partitions: Callable[[str], Awaitable[list[Partition]]]
    ) -> None:
        self._settings = settings
        self._name = name
        self._partitions = partitions
        self._known: set[str] = set()
        self._thread = ClientThread(f"kafka-writer-{name}")
        self._producer: Any = None
        self._fenced = False
        self._unfinished = False
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Take the name. Raises LogUnavailable."""
        async with self._turn:
            await self._discard()
            # The former thread may be stuck in the former producer.
            self._thread.stop()
            self._thread = ClientThread(f"kafka-writer-{self._name}")
            timeout = (self._settings.bootstrap_timeout_ms + self._settings.request_timeout_ms) / 1000 + 1
            await self._thread.call(self._open, timeout)

    async def append(self, records: Sequence[Record]) -> None:
        """Append all records in one transaction. Raises Rejected, Fenced, LogUnavailable."""
        if not records:
            return
        await self._refuse(records)
        async with self._turn:
            await self._thread.call(lambda: self._append(records), self._settings.append_timeout_ms / 1000)

    async def close(self) -> None:
        """Let go, within a deadline. Never raises."""
        await self._discard()
        self._thread.stop()

    async def _refuse(self, records: Sequence[Record]) -> None:
        failures: dict[int, LogError] = {}
        missing: dict[str, UnknownTopic] = {}
        for topic in {record.topic for record in records} - self._known:
            try:
                await self._partitions(topic)
            except UnknownTopic as error:
                missing[topic] = error
            else:
                self._known.add(topic)
        for index, record in enumerate(records):
            why = missing.get(record.topic) or refusal(record)
            if why is not None:
                failures[index] = why
        if failures:
            raise Rejected(failures)

    def _open(self) -> None:
        producer: Any = None
        try:
            producer = KafkaProducer(**self._settings.producer_options(self._name))
            producer.init_transactions()
        except (kafka_errors.KafkaError, OSError) as error:
            if producer is not None:
                _close_in_background(producer, self._settings.close_timeout_ms / 1000)
            raise translate(error, f"opening the writer {self._name}") from error
        self._producer, self._fenced, self._unfinished = producer, False, False

    def _append(self, records: Sequence[Record]) -> None:
        if self._fenced:
            raise Fenced(f"the writer {self._name} was fenced: it must be opened again")
        producer = self._producer
        if producer is None:
            raise LogError(f"the writer {self._name} is not open: call open() first")
        what = f"appending as {self._name}"
        try:
            if self._unfinished:
                producer.abort_transaction()
                self._unfinished = False
            producer.begin_transaction()
            self._unfinished = True
            failure = self._send(producer, records)
            if failure is None:
                # Blocks until the coordinator answers; the deadline is the caller's. What it leaves open
                # is ended by this very call, or by the abort of the next append.
                producer.commit_transaction()
                self._unfinished = False
                return
        except kafka_errors.IllegalStateError as error:
            # The producer's state machine has no way on: only a new producer helps, and that takes the name.
            self._fenced = True
            raise Fenced(f"{what}: the transaction's state was lost: {error}") from error
        except (kafka_errors.KafkaError, OSError) as error:
            raise self._judge(error, what) from error
        raise self._judge(failure, what) from failure

    def _send(self, producer: Any, records: Sequence[Record]) -> Exception | None:
        try:
            futures = [
                producer.send(r.topic, key=r.key.encode(), value=r.value, headers=list(r.headers)) for r in records
            ]
            producer.flush(timeout=self._settings.append_timeout_ms / 1000)
        except (kafka_errors.KafkaError, OSError) as error:
            return error
        for future in futures:
            if not future.succeeded():
                failure: Exception | None = future.exception
                return failure or kafka_errors.KafkaTimeoutError("not acknowledged")
        return None

    def _judge(self, error: BaseException, what: str) -> LogError:
        if is_fenced(error):
            self._fenced = True
            return Fenced(f"{what}: another writer of this name has taken over")
        if "error state" in str(error):
            self._fenced = True
            return Fenced(f"{what}: the producer cannot go on: {error}")
        ours = translate(error, what)
        if isinstance(ours, LogUnavailable):
            return ours
        return LogUnavailable(str(ours))

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        closing = _close_in_background(producer, self._settings.close_timeout_ms / 1000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.close_timeout_ms / 1000 + 1):
                while closing.is_alive():
                    await asyncio.sleep(0.005)


def _close_in_background(producer: Any, timeout: float) -> threading.Thread:
    """Close on a thread of its own: the writer's may be stuck in this very producer."""

    def close() -> None:
        try:
            producer.close(timeout=timeout)
        except Exception as error:  # letting go must not fail; the broker aborts what stays open
            _log.debug("closing a producer: %s", error)

    thread = threading.Thread(target=close, name="kafka-writer-close", daemon=True)
    thread.start()
    return thread
