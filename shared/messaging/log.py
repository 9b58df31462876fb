"""The log: a port with two adapters, ``kafka_log`` and ``postgres_log``, and one conformance suite.

Guarantees every adapter gives:

* records of one key go to one partition and are read in the order of their ``append``;
* a batch is visible whole or not at all, and only once it is committed;
* offsets of a partition rise without a reader ever stepping over a record that appears later;
* a writer that was replaced by a newer one of the same name cannot append any more (`Fenced`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class TopicKind(StrEnum):
    """How long a topic remembers."""

    STATE = "state"
    """Compacted: the last record of each key is kept for ever."""
    FACTS = "facts"
    """Every record is kept for `Topic.retention`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as its owner declares it. The number of partitions of a live topic never changes."""

    name: str
    kind: TopicKind = TopicKind.STATE
    partitions: int = 1
    retention: timedelta = timedelta(days=90)
    max_compaction_lag: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """In what a topic differs from its declaration."""

    topic: str
    what: str
    """Such as ``partitions``; empty where the topic does not exist."""
    found: str = ""
    declared: str = ""
    mendable: bool = True
    """Whether `Log.apply_topics` mends it."""

    def __str__(self) -> str:
        if not self.what:
            return f"topic {self.topic} does not exist"
        return f"topic {self.topic}: {self.what} is {self.found or 'not set'}, declared is {self.declared}"


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One ordered part of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """What is appended: bytes under a key, with headers. A ``None`` value is a tombstone."""

    topic: str
    key: str
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A record as it was read, with its place in the log."""

    partition: Partition
    offset: int
    key: str
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int = 0

    def header(self, name: str) -> str | None:
        """The last header of that name as text, or None. Never fails: anybody may have written it."""
        return self.all_headers().get(name)

    def all_headers(self) -> dict[str, str]:
        """Every header as text, of each name the last. Never fails; for who reads many of them."""
        return {name: value.decode(errors="replace") for name, value in self.headers}


class LogError(Exception):
    """Anything that goes wrong with the log."""


class LogUnavailable(LogError):
    """The log cannot be reached or did not answer in time: try again later."""


class Fenced(LogError):
    """A newer writer of the same name has taken over, or this one cannot prove that none has: it must stop.

    Only `LogWriter.open` takes the name again; call it only when you may (a relay: under its lock).
    """


class UnknownTopic(LogError):
    """The topic does not exist; the message names it."""


class RecordRefused(LogError):
    """A record that the log cannot hold: too large, or a key that is no valid text. Always in a `Rejected`."""


MAX_RECORD_BYTES = 1_000_000
"""Key, value and headers of one record together. Kafka's own default limit is 1,048,588 for a whole batch."""


def record_size(record: Record) -> int:
    """Bytes of key, value and headers of a record, as `MAX_RECORD_BYTES` counts them.

    Raises UnicodeEncodeError for text with lone surrogates.
    """
    # Joined first: this is done for each record that leaves, and a header alone is short.
    names = "".join([name for name, _ in record.headers])
    values = sum([len(value) for _, value in record.headers])
    return len(record.key.encode()) + len(record.value or b"") + len(names.encode()) + values


def refusal(record: Record) -> RecordRefused | None:
    """Why no log takes this record, or None."""
    try:
        size = record_size(record)
    except UnicodeEncodeError as error:
        return RecordRefused(f"{record.topic}: the key or a header name is no valid text: {error.reason}")
    if size > MAX_RECORD_BYTES:
        return RecordRefused(
            f"{record.topic}: the record of key {record.key!r} has {size} bytes, "
            f"at most {MAX_RECORD_BYTES} are allowed: make it smaller"
        )
    return None


class Rejected(LogError):
    """The log refused some records of a batch; nothing of the batch was appended."""

    failures: Mapping[int, LogError]
    """Index in the batch → why (`UnknownTopic` or `RecordRefused`)."""

    def __init__(self, failures: Mapping[int, LogError]) -> None:
        super().__init__(failures)
        self.failures = failures

    def __str__(self) -> str:
        return "; ".join(f"record {i}: {why}" for i, why in self.failures.items())


class LogWriter(Protocol):
    """Appends batches. One writer of a name is valid at a time: `open` fences those before it."""

    async def open(self) -> None:
        """Take the name. Raises LogUnavailable."""

    async def append(self, records: Sequence[Record]) -> None:
        """Append all records in order, atomically. Readers may see them (and `end_offsets`) a moment later.

        Raises Rejected (nothing appended; the others of the batch may be sent again without the refused),
        Fenced, or LogUnavailable (unknown whether appended: the caller sends the same records again,
        consumers skip what they have). After LogUnavailable the writer is still open, though it may turn
        out at the next append that it cannot prove to be the newest: then it is Fenced.
        """

    async def close(self) -> None:
        """Let go, within a deadline. Never raises."""


PartitionsHook = Callable[[frozenset[Partition]], Awaitable[None]]


class LogReader(Protocol):
    """Reads records. Either `assign` partitions by hand or `subscribe` as a member of a group."""

    async def assign(self, partitions: Iterable[Partition]) -> None:
        """Read exactly these partitions, from their beginning until `seek` says otherwise."""

    async def subscribe(self, topics: Iterable[str], *, assigned: PartitionsHook, revoked: PartitionsHook) -> None:
        """Share the topics with the other members of the group.

        ``assigned`` runs before the first record of newly gained partitions is returned (it usually
        seeks; without a seek reading goes on at the group's committed offset, or at the beginning);
        ``revoked`` after the last one of lost partitions was returned. Both run inside `poll`; an error
        they raise comes out of it, and the hook runs again at the next `poll`. A partition that stays
        may be revoked and assigned again; a pause ends with the assignment.
        """

    async def poll(self, timeout: float, max_records: int = 500) -> list[Received]:
        """Records that are there, at most ``max_records``; waits up to ``timeout`` seconds for the first.

        Raises LogUnavailable.
        """

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Tell the log the next offsets to be read: for lag only, never relied on. An outage is not raised."""

    async def seek(self, partition: Partition, offset: int) -> None:
        """Read on from ``offset``.

        From beyond the end (a log that was lost and began anew) reading starts at the beginning, from before
        the beginning at the beginning.
        """

    async def pause(self, partitions: Iterable[Partition]) -> None:
        """Keep the partitions but return no records of them."""

    async def resume(self, partitions: Iterable[Partition]) -> None:
        """Undo `pause`."""

    async def begin_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The first offset that still can be read."""

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Where reading stands when everything committed was returned; the next record is there or later."""

    async def positions(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Where each assigned partition is read next. It reaches `end_offsets`, even over gaps at the end
        (compacted records, transaction marks), once everything was returned: the last record's offset + 1
        does not, so never compute lag from it.
        """

    async def close(self) -> None:
        """Leave the group and let go, within a deadline. Never raises."""


class Log(Protocol):
    """The log itself. Construction connects to nothing."""

    async def identity(self) -> str:
        """A stable id of this log: offsets stored under another id mean nothing here."""

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Create those that are missing; leave the others as they are."""

    async def check_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        """In what the topics differ from their declarations; changes nothing. Raises LogUnavailable."""

    async def apply_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        """Create what is missing and mend what can be mended without losing or moving a record.

        Returns what it cannot mend (`Mismatch.mendable`): the number of partitions, the number of copies.
        Raises LogUnavailable.
        """

    async def partitions(self, topic: str) -> list[Partition]:
        """All partitions of a topic. Raises UnknownTopic."""

    def writer(self, name: str) -> LogWriter:
        """A writer; call `LogWriter.open` before the first append."""

    def reader(self, group: str | None = None) -> LogReader:
        """A reader; with a group it can `subscribe` and its commits are kept under that name."""

    async def close(self) -> None:
        """Let go of what the log itself holds."""
