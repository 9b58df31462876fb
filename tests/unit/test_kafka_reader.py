"""What a reader on Kafka asks its client, and in which order: what only now and then goes wrong on a real broker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.messaging.kafka_log import KafkaSettings
from shared.messaging.kafka_log import reader as module
from shared.messaging.kafka_log.reader import KafkaReader
from shared.messaging.log import Partition


class Coordinator:
    """A member of a group, which may be in the middle of joining it."""

    def __init__(self, asked: list[str]) -> None:
        self.rejoining = False
        self._asked = asked

    def request_rejoin(self) -> None:
        self._asked.append("still joining")


class Client:
    """A client of Kafka that notes what it is asked and has nothing."""

    def __init__(self, **_: object) -> None:
        self.asked: list[str] = []
        self._coordinator = Coordinator(self.asked)

    def partitions_for_topic(self, topic: str) -> set[int]:
        self.asked.append(f"partitions of {topic}")
        return {0}

    def subscribe(self, topics: list[str], listener: object) -> None:
        self.asked.append(f"join for {', '.join(topics)}")

    def assignment(self) -> set[object]:
        return set()

    def paused(self) -> set[object]:
        return set()

    def pause(self, *_: object) -> None: ...

    def poll(self, **_: object) -> dict[object, object]:
        return {}

    def end_offsets(self, *_: object, **__: object) -> dict[object, int]:
        return {}

    def close(self, **_: object) -> None: ...


Joined = tuple[KafkaReader, Client]


@pytest.fixture
async def joined(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Joined]:
    """A reader that has asked for two topics, and its client."""
    made: list[Client] = []

    def client(**options: object) -> Client:
        made.append(Client(**options))
        return made[-1]

    async def partitions(topic: str) -> list[Partition]:
        return [Partition(topic, 0)]

    async def nothing(_: frozenset[Partition]) -> None: ...

    monkeypatch.setattr(module, "KafkaConsumer", client)
    reader = KafkaReader(KafkaSettings(("nowhere:9092",)), "group", partitions)
    await reader.subscribe(["b", "a"], assigned=nothing, revoked=nothing)
    await reader.poll(0.0)
    yield reader, made[0]
    await reader.close()


def test_partitions_are_known_before_a_group_is_joined(joined: Joined) -> None:
    _, client = joined
    assert client.asked == ["partitions of a", "partitions of b", "join for a, b"]


async def test_a_join_that_was_begun_is_told_before_each_poll(joined: Joined) -> None:
    reader, client = joined
    client.asked.clear()
    client._coordinator.rejoining = True
    await reader.poll(0.0)
    await reader.poll(0.0)
    assert client.asked == ["still joining", "still joining"]
    client._coordinator.rejoining = False
    await reader.poll(0.0)
    assert len(client.asked) == 2
