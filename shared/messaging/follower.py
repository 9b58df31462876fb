"""Follows topics in every process that wants to know, without a group and without a place in a database.

Each process hears everything: what it makes of it lives in its memory (a deny list, open pages, a page cache). For
what must be applied once and kept, there is `shared.messaging.consumer`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

import structlog

from shared.contracts.base import UnknownContract
from shared.messaging.envelope import BadEnvelope, Incoming, open_envelope
from shared.messaging.log import Log, LogError, LogReader, Partition, Received, Topic

POLL = 0.5
LONGEST_BACKOFF = 10.0

log = structlog.get_logger()

Hear = Callable[[Incoming], Awaitable[None]]
"""Takes one message. Of one key an older one may come again, and after a newer one: compare `Incoming.age`."""


class Start(Enum):
    """Where following starts."""

    BEGINNING = "beginning"
    """All that stands in the topics is heard first."""
    END = "end"
    """Only what comes from now on is heard."""


async def _nothing() -> None:
    return None


class Follower:
    """Hears every message of some topics, in the log's order by partition, while `run` runs.

    An outage of the log loses nothing: reading goes on where it was. ``missed`` runs when that is impossible (the
    log was lost or replaced, or what was not read yet is not kept any more): what was made of the messages must be
    made anew. A message that cannot be read is noted and stepped over, as nobody could ask for it again.
    """

    def __init__(
        self,
        log_: Log,
        topics: Sequence[Topic],
        hear: Hear,
        *,
        start: Start,
        missed: Callable[[], Awaitable[None]] = _nothing,
        poll: float = POLL,
        backoff: float = 0.5,
    ) -> None:
        self._log = log_
        self._topics = tuple(topics)
        self._hear = hear
        self._start = start
        self._missed = missed
        self._poll = poll
        self._backoff = backoff
        self._places: dict[Partition, int] = {}
        """Where reading goes on after an outage."""
        self._identity: str | None = None
        """The log the places are of."""
        self._current_at = float("-inf")
        self.trouble: str | None = "it has not reached the log yet"
        """Why nothing is heard, if nothing is heard."""
        self.unreadable = 0
        """How many messages were stepped over."""

    def complaint(self) -> str | None:
        """What is wrong with it now, for health."""
        if self.trouble is None and self.unreadable:
            return f"{self.unreadable} message(s) could not be read: is this process older than those that tell?"
        return self.trouble

    def is_current(self, within: float) -> bool:
        """Whether everything on the log was heard at some time in the last ``within`` seconds."""
        return time.monotonic() - self._current_at <= within

    async def run(self) -> None:
        """Follow until cancelled; a log that is away is waited for."""
        wait = self._backoff
        while True:
            reader = self._log.reader(None)
            started = time.monotonic()
            try:
                await self._read(reader)
            except (LogError, OSError, TimeoutError) as error:
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("follower waits", topics=self._names, why=self.trouble[:300], seconds=wait)
            finally:
                await reader.close()
            if time.monotonic() - started > LONGEST_BACKOFF:
                wait = self._backoff
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_BACKOFF)

    @property
    def _names(self) -> list[str]:
        return [topic.name for topic in self._topics]

    async def _read(self, reader: LogReader) -> None:
        identity = await self._log.identity()
        partitions = [p for topic in self._topics for p in await self._log.partitions(topic.name)]
        await reader.assign(partitions)
        await self._take_place(reader, identity, partitions)
        while True:
            # Asked for before reading: what was there then is heard by the time `positions` has passed it.
            ends = await reader.end_offsets(partitions)
            asked_at = time.monotonic()
            for received in await reader.poll(self._poll):
                await self._take(received)
            self._places = await reader.positions(partitions)
            self.trouble = None
            if all(self._places[p] >= ends[p] for p in partitions):
                self._current_at = asked_at

    async def _take_place(self, reader: LogReader, identity: str, partitions: list[Partition]) -> None:
        begins, ends = await reader.begin_offsets(partitions), await reader.end_offsets(partitions)
        followed = self._identity is not None
        same = identity == self._identity and all(
            begins[p] <= self._places.get(p, begins[p]) <= ends[p] for p in partitions
        )
        if followed and not same:
            log.warning("follower missed messages", topics=self._names)
            await self._missed()
        for partition in partitions:
            fresh = begins[partition] if followed or self._start is Start.BEGINNING else ends[partition]
            await reader.seek(partition, self._places.get(partition, fresh) if same else fresh)
        self._places = await reader.positions(partitions)
        self._identity = identity

    async def _take(self, received: Received) -> None:
        try:
            incoming = open_envelope(received)
        except (BadEnvelope, UnknownContract, ValueError) as error:
            self.unreadable += 1
            log.error(
                "message could not be read", topic=received.partition.topic, key=received.key, why=str(error)[:300]
            )
            return
        await self._hear(incoming)
