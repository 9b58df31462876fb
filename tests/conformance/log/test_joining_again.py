"""A member of a group that joins again, which takes longer than one look for records, gets there.

When the control fails, kafka-python goes on with its join by itself: what `_polled` does before each poll can go.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from shared.messaging.kafka_log import reader as kafka_reader
from shared.messaging.kafka_log.reader import KafkaReader
from shared.messaging.log import Log, LogWriter, Partition
from tests.conformance.log.backends import KafkaBackend
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import PATIENCE, append, read_until

pytestmark = pytest.mark.parametrize("backend", ["kafka"], indirect=True)

SHORT_MS = 1
"""Less than any group needs to agree."""


async def _nothing(_partitions: frozenset[Partition]) -> None:
    """No hook."""


def _short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look for records ends long before the group has agreed."""
    ours = kafka_reader._polled

    def short(consumer: Any, timeout_ms: int, max_records: int) -> Mapping[Any, Iterable[Any]]:
        return ours(consumer, min(SHORT_MS, timeout_ms), max_records)

    monkeypatch.setattr(kafka_reader, "_polled", short)


async def _with_one_topic_more(log: Log, make_topic: MakeTopic, writer: LogWriter) -> KafkaReader:
    """A member that has read from one topic, and then listens to a second that holds a record."""
    first, second = await make_topic(), await make_topic()
    await append(writer, first.name, [("a", b"first")])
    await append(writer, second.name, [("a", b"second")])
    reader = log.reader(f"group-{uuid.uuid4().hex[:8]}")
    assert isinstance(reader, KafkaReader)
    await reader.subscribe([first.name], assigned=_nothing, revoked=_nothing)
    await read_until(reader, lambda read: any(r.value == b"first" for r in read))
    await reader.subscribe([first.name, second.name], assigned=_nothing, revoked=_nothing)
    return reader


async def test_it_gets_there(
    backend: KafkaBackend, log: Log, make_topic: MakeTopic, writer: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await _with_one_topic_more(log, make_topic, writer)
    _short_looks(monkeypatch)
    await read_until(reader, lambda read: any(r.value == b"second" for r in read))
    await reader.close()


async def test_control_the_library_alone_forgets_that_it_is_joining(
    backend: KafkaBackend, log: Log, make_topic: MakeTopic, writer: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await _with_one_topic_more(log, make_topic, writer)
    consumer = reader._consumer
    monkeypatch.setattr(consumer._coordinator, "request_rejoin", lambda: None)
    _short_looks(monkeypatch)

    async with asyncio.timeout(PATIENCE):
        while not consumer._coordinator.rejoining:
            await reader.poll(0.01)
    assert not consumer._coordinator.need_rejoin(), "it would go on by itself"
    assert not await reader.poll(2.0)
    assert consumer._coordinator.rejoining
    await reader.close()
