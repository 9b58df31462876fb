"""Reads committed records from Kafka."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors
from kafka.structs import OffsetAndMetadata

from shared.messaging.kafka_log.failures import translated
from shared.messaging.kafka_log.settings import KafkaSettings
from shared.messaging.kafka_log.thread import ClientThread
from shared.messaging.log import LogError, Partition, PartitionsHook, Received

_log = logging.getLogger(__name__)

_LONGEST_STEP = 0.5
"""Seconds one blocking poll may take: between two, hooks run and the caller may be cancelled."""
_MEMBER_STEP = 0.05
"""The same for a member of a group whose partitions were not announced yet."""

_CATCHING_UP_MS = 10
"""A round trip to the broker on a busy machine."""

T = TypeVar("T")


def _native(partition: Partition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.number)


def _ours(partitions: Iterable[Any]) -> frozenset[Partition]:
    return frozenset(Partition(p.topic, p.partition) for p in partitions)


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Notes what the group decides; it runs on kafka-python's IO thread and must not wait for anything."""

    def __init__(self, note: Callable[[str, frozenset[Partition]], None]) -> None:
        self._note = note

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._note("revoked", _ours(revoked))

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._note("assigned", _ours(assigned))


class KafkaReader:
    """One consumer on a thread of its own.

    Seeks and pauses are only noted and take effect before the next fetch. A rebalance is noted too:
    newly assigned partitions stay paused until the caller's hook ran, on the caller's loop, in `poll`.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str | None,
        partitions: Callable[[str], Awaitable[list[Partition]]],
    ) -> None:
        self._settings = settings
        self._group = group
        self._partitions = partitions
        self._thread = ClientThread(f"kafka-reader-{group or 'alone'}")
        self._consumer: Any = None
        self._closed = False
        self._assigned_by_hand: frozenset[Partition] | None = None
        self._topics: list[str] = []
        self._on_assigned: PartitionsHook | None = None
        self._on_revoked: PartitionsHook | None = None
        self._changed = False
        self._last_contact = time.monotonic()
        # Shared with the client's threads.
        self._guard = threading.Lock()
        self._seeks: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._unannounced: set[Partition] = set()
        self._rebalances: deque[tuple[str, frozenset[Partition]]] = deque()
        self._undelivered: list[Received] = []

    async def assign(self, partitions: Iterable[Partition]) -> None:
        """Read exactly these partitions, from their beginning until `seek` says otherwise.

        Raises UnknownTopic, LogUnavailable.
        """
        if self._topics:
            raise LogError("this reader is a member of a group: use another one for assign()")
        wanted = frozenset(partitions)
        for topic in {partition.topic for partition in wanted}:
            await self._partitions(topic)
        with self._guard:
            for partition in wanted - (self._assigned_by_hand or frozenset()):
                self._seeks.setdefault(partition, 0)
            self._paused &= wanted
        self._assigned_by_hand = wanted
        self._changed = True

    async def subscribe(self, topics: Iterable[str], *, assigned: PartitionsHook, revoked: PartitionsHook) -> None:
        """Share the topics with the other members of the group. Raises UnknownTopic, LogUnavailable."""
        if self._group is None:
            raise LogError("subscribe() needs a group: name one when making the reader")
        if self._assigned_by_hand is not None:
            raise LogError("this reader has partitions by hand: use another one for subscribe()")
        wanted = sorted(topics)
        for topic in wanted:
            await self._partitions(topic)
        self._topics, self._on_assigned, self._on_revoked = wanted, assigned, revoked
        self._changed = True

    async def poll(self, timeout: float, max_records: int = 500) -> list[Received]:
        """Records that are there; waits up to ``timeout`` seconds for the first. Raises LogUnavailable."""
        deadline = time.monotonic() + timeout
        while True:
            await self._announce()
            step = max(0.0, min(_LONGEST_STEP, deadline - time.monotonic()))
            await self._call(lambda step=step: self._fetch(step, max_records), extra=step)  # type: ignore[misc]
            batch, self._undelivered = self._undelivered, []
            if batch:
                return batch
            if time.monotonic() >= deadline:
                await self._announce()
                return []

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Tell Kafka the next offsets to be read, for lag only. Does not raise on outage."""
        if self._group is None or not offsets:
            return
        told = {_native(p): OffsetAndMetadata(offset, "", -1) for p, offset in offsets.items()}

        def commit() -> None:
            self._client().commit_async(told, callback=_note_commit)

        try:
            await self._call(commit)
        except LogError as error:
            _log.info("the offsets of group %s were not committed: %s", self._group, error)

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """What was last committed under the group's name. Raises LogUnavailable."""
        if self._group is None:
            return {}
        wanted = list(partitions)

        def ask() -> dict[Partition, int]:
            client = self._client()
            timeout = self._settings.request_timeout_ms
            found = {p: client.committed(_native(p), timeout_ms=timeout) for p in wanted}
            return {partition: offset for partition, offset in found.items() if offset is not None}

        return await self._call(ask, extra=len(wanted))

    async def seek(self, partition: Partition, offset: int) -> None:
        """Read on from ``offset``."""
        with self._guard:
            self._seeks[partition] = max(0, offset)

    async def pause(self, partitions: Iterable[Partition]) -> None:
        """Keep the partitions but return no records of them."""
        with self._guard:
            self._paused.update(partitions)

    async def resume(self, partitions: Iterable[Partition]) -> None:
        """Undo `pause`."""
        with self._guard:
            self._paused.difference_update(partitions)

    async def begin_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The first offset that still can be read. Raises UnknownTopic, LogUnavailable."""
        return await self._offsets("beginning_offsets", partitions)

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Where reading stands when everything committed was returned. Raises UnknownTopic, LogUnavailable."""
        return await self._offsets("end_offsets", partitions)

    async def positions(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Where each assigned partition is read next. Raises LogUnavailable."""
        wanted = list(partitions)

        def ask() -> dict[Partition, int]:
            client = self._client()
            self._apply(client)
            owned = client.assignment()
            timeout = self._settings.request_timeout_ms
            found = {p: _position(client, _native(p), timeout) for p in wanted if _native(p) in owned}
            return {partition: offset for partition, offset in found.items() if offset is not None}

        return await self._call(ask, extra=len(wanted))

    async def close(self) -> None:
        """Leave the group and let go, within a deadline. Never raises."""
        if self._closed:
            return
        self._closed = True
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            timeout_ms = self._settings.close_timeout_ms
            try:
                await self._thread.call(
                    lambda: consumer.close(autocommit=False, timeout_ms=timeout_ms),
                    timeout_ms / 1000 + _LONGEST_STEP,
                )
            except (LogError, kafka_errors.KafkaError, OSError) as error:
                _log.debug("closing a reader of %s: %s", self._group, error)
        self._thread.stop()

    async def _call(self, job: Callable[[], T], extra: float = 0.0) -> T:
        if self._closed:
            raise LogError("this reader is closed")

        def run() -> T:
            with translated(f"reader {self._group or 'without group'}"):
                return job()

        patience = (self._settings.bootstrap_timeout_ms + 2 * self._settings.request_timeout_ms) / 1000
        return await self._thread.call(run, patience + extra)

    async def _offsets(self, method: str, partitions: Iterable[Partition]) -> dict[Partition, int]:
        wanted = list(partitions)
        for topic in {partition.topic for partition in wanted}:
            await self._partitions(topic)

        def ask() -> dict[Partition, int]:
            timeout = self._settings.request_timeout_ms
            found = getattr(self._client(), method)([_native(p) for p in wanted], timeout_ms=timeout)
            return {Partition(p.topic, p.partition): offset for p, offset in found.items()}

        return await self._call(ask)

    async def _announce(self) -> None:
        """Run the hooks for what the group decided since the last poll."""
        while self._rebalances:
            what, partitions = self._rebalances[0]
            hook = self._on_revoked if what == "revoked" else self._on_assigned
            if hook is not None and partitions:
                await hook(partitions)
            self._rebalances.popleft()
            if what == "assigned":
                with self._guard:
                    self._unannounced -= partitions

    # From here on: on the reader's own thread, or kafka-python's.

    def _note(self, what: str, partitions: frozenset[Partition]) -> None:
        if not partitions:
            return
        with self._guard:
            if what == "revoked":
                self._unannounced -= partitions
                self._paused -= partitions
                for partition in partitions:
                    self._seeks.pop(partition, None)
            else:
                self._unannounced |= partitions
                self._consumer.pause(*(_native(p) for p in partitions))
            self._rebalances.append((what, partitions))

    def _client(self) -> Any:
        if self._consumer is None:
            self._consumer = KafkaConsumer(**self._settings.consumer_options(self._group))
            self._changed = True
        if self._changed:
            if self._topics:
                self._know_partitions()
                self._consumer.subscribe(self._topics, listener=_Rebalances(self._note))
            elif self._assigned_by_hand is not None:
                self._consumer.assign([_native(p) for p in sorted(self._assigned_by_hand)])
            self._changed = False
        return self._consumer

    def _know_partitions(self) -> None:
        """Have the partitions of the topics known before the group is joined.

        A member of kafka-python 3.0.12 that is made leader before it knows them assigns nothing, and joins again.
        """
        for topic in self._topics:
            self._consumer.partitions_for_topic(topic)

    def _apply(self, consumer: Any) -> None:
        """Bring what was noted (seeks, pauses) to the consumer."""
        with self._guard:
            owned = _ours(consumer.assignment())
            for record in self._undelivered:  # in order: the first of each partition counts
                self._seeks.setdefault(record.partition, record.offset)
            self._undelivered = []
            for partition in [p for p in self._seeks if p in owned]:
                consumer.seek(_native(partition), self._seeks.pop(partition))
            still = (self._paused | self._unannounced) & owned
            now = _ours(consumer.paused())
            consumer.pause(*(_native(p) for p in still - now))
            for partition in now - still:
                _forget_parked(consumer, _native(partition))
                consumer.resume(_native(partition))

    def _fetch(self, seconds: float, max_records: int) -> None:
        consumer = self._client()
        self._apply(consumer)
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            step = min(left, _MEMBER_STEP) if self._topics and not consumer.assignment() else left
            found = _polled(consumer, int(step * 1000), max_records)
            if found:
                self._last_contact = time.monotonic()
                self._undelivered = _all_received(found)
                if seconds == 0.0 and len(self._undelivered) < max_records:
                    # It was fetched ahead, while the caller was busy with the batch before, and nothing since: asked
                    # once more, so that what came meanwhile need not wait for the batch after this one.
                    more = _polled(consumer, _CATCHING_UP_MS, max_records - len(self._undelivered))
                    self._undelivered += _all_received(more)
                return
            if self._rebalances or time.monotonic() >= deadline:
                break
        self._check_contact(consumer)

    def _check_contact(self, consumer: Any) -> None:
        """An empty poll says nothing about the broker: kafka-python waits for it silently, for ever."""
        if time.monotonic() - self._last_contact < self._settings.idle_check_ms / 1000:
            return
        owned = consumer.assignment()
        asked = next(iter(owned), None) or (TopicPartition(self._topics[0], 0) if self._topics else None)
        if asked is not None:
            consumer.end_offsets([asked], timeout_ms=self._settings.request_timeout_ms)
        self._last_contact = time.monotonic()


def _position(consumer: Any, partition: Any, timeout_ms: int) -> int | None:
    """Where the partition is read next.

    `KafkaConsumer.position` looks through every partition each time it is asked for one: for a hundred of them that was
    half of what a process did. It is asked only while a place is not known.
    """
    known = consumer._subscription.assignment.get(partition)
    if known is not None and known.position is not None:
        return int(known.position.offset)
    found: int | None = consumer.position(partition, timeout_ms=timeout_ms)
    return found


def _polled(consumer: Any, timeout_ms: int, max_records: int) -> Mapping[Any, Iterable[Any]]:
    """What there is within ``timeout_ms``; a join of the group that was begun in an earlier poll is gone on with.

    kafka-python 3.0.12 joins again when the topics are others than at its last join, or their partitions are, and asks
    only about that whether it is still joining: what it sends, or assigns as the leader, makes it false. A poll
    that ends before the group has agreed is then the last to have known of it: no partitions, no heartbeat, no error,
    and one processor busy, for ever. `tests/conformance/log/test_joining_again.py` shows it.
    """
    coordinator = consumer._coordinator
    if coordinator.rejoining:
        coordinator.request_rejoin()
    found: Mapping[Any, Iterable[Any]] = consumer.poll(timeout_ms=timeout_ms, max_records=max_records)
    return found


def _forget_parked(consumer: Any, partition: Any) -> None:
    """Let the consumer fetch a resumed partition anew.

    kafka-python 3.0.12 sets records aside that it had parsed when their partition was paused, and takes
    them back only ``if self._next_partition_records is None`` (Fetcher.fetched_records), which is never so
    again once anything was read: the partition would stay silent for ever. The conformance suite shows it.
    """
    consumer._fetcher._paused_partition_records.pop(partition, None)


def _all_received(found: Mapping[Any, Iterable[Any]]) -> list[Received]:
    return [_received(partition, record) for partition, records in found.items() for record in records]


def _received(partition: Any, record: Any) -> Received:
    return Received(
        partition=Partition(partition.topic, partition.partition),
        offset=record.offset,
        key=(record.key or b"").decode(),
        value=record.value,
        headers=tuple(record.headers),
        timestamp_ms=record.timestamp,
    )


def _note_commit(offsets: object, response: object) -> None:
    if isinstance(response, Exception):
        _log.info("offsets were not committed: %s: %s", offsets, response)
