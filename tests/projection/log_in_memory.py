"""A log in memory, for proofs of the projection that play hundreds of histories: what a rebuild from it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.messaging.log import LogReader, LogUnavailable, LogWriter, Mismatch, Partition, Received, Topic


@dataclass
class LogInMemory:
    """Topics of one partition each. It remembers what was ever read from it."""

    records: dict[str, list[Received]] = field(default_factory=dict)
    read: list[Received] = field(default_factory=list)
    most: int = 2
    """Records a poll gives at most."""
    fails: bool = False
    """Whether the next poll fails."""

    async def identity(self) -> str:
        return "the log"

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        return None

    async def check_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        return []

    async def apply_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        return []

    async def partitions(self, topic: str) -> list[Partition]:
        return [Partition(topic, 0)]

    def writer(self, name: str) -> LogWriter:
        raise NotImplementedError("histories put records into it by hand")

    def reader(self, group: str | None = None) -> LogReader:
        return _Reader(self)

    async def close(self) -> None:
        return None


class _Reader(LogReader):
    def __init__(self, log: LogInMemory) -> None:
        self._log = log
        self._places: dict[Partition, int] = {}

    async def assign(self, partitions: Iterable[Partition]) -> None:
        self._places = dict.fromkeys(partitions, 0)

    async def poll(self, timeout: float, max_records: int = 500) -> list[Received]:
        if self._log.fails:
            self._log.fails = False
            raise LogUnavailable("failed")
        found: list[Received] = []
        for partition, place in self._places.items():
            some = self._log.records.get(partition.topic, [])[place : place + self._log.most - len(found)]
            self._places[partition] += len(some)
            found += some
        self._log.read += found
        return found

    async def seek(self, partition: Partition, offset: int) -> None:
        self._places[partition] = offset

    async def begin_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return {one: len(self._log.records.get(one.topic, [])) for one in partitions}

    async def positions(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return {one: self._places[one] for one in partitions}

    async def close(self) -> None:
        return None
