"""Three brokers, three copies of everything, and one of the brokers killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.messaging.kafka_log import KafkaLog, KafkaSettings
from shared.messaging.log import LogUnavailable, LogWriter, Partition, Record, Topic
from tests.conformance.log.reading import read_all
from tests.support.apache_kafka import ApacheKafka
from tests.support.waiting import eventually

TOPIC = Topic("test.copied", partitions=6)


@pytest_asyncio.fixture
async def kafka() -> AsyncIterator[ApacheKafka]:
    async with ApacheKafka(3) as cluster:
        yield cluster


@pytest_asyncio.fixture
async def log(kafka: ApacheKafka) -> AsyncIterator[KafkaLog]:
    made = KafkaLog(KafkaSettings(kafka.addresses, replication_factor=3, session_timeout_ms=3000, fetch_max_wait_ms=50))
    yield made
    await made.close()


async def _appended(writer: LogWriter, key: str, value: bytes) -> None:
    """Append, again and again while brokers agree anew on who leads."""

    async def done() -> bool:
        try:
            await writer.append([Record(TOPIC.name, key, value)])
        except LogUnavailable:
            return False
        return True

    await eventually(done, deadline=60)


def _by_key(found: list[tuple[Partition, str, bytes]]) -> dict[str, list[bytes]]:
    kept: dict[str, list[bytes]] = {}
    for _, key, value in found:
        kept.setdefault(key, []).append(value)
    return kept


async def test_a_killed_broker_loses_nothing(kafka: ApacheKafka, log: KafkaLog) -> None:
    await eventually(lambda: _made(log), deadline=60)

    async def known_everywhere() -> bool:
        return await log.check_topics([TOPIC]) == []

    await eventually(known_everywhere, deadline=30)
    writer = log.writer("relay-copied")
    await writer.open()
    keys = [f"key-{n}" for n in range(12)]
    for key in keys:
        await _appended(writer, key, b"1")
    kafka.brokers[0].kill()
    # The others take its place within seconds, and the append that met its death goes on by itself.
    await writer.append([Record(TOPIC.name, keys[0], b"2")])
    for value in (b"2", b"3"):
        for key in keys:
            await _appended(writer, key, value)
    await writer.close()

    found = await read_all(log, await log.partitions(TOPIC.name))
    kept = _by_key([(one.partition, one.key, one.value or b"") for one in found])
    assert set(kept) == set(keys)
    for values in kept.values():
        # An append whose answer was lost is sent again: its record may stand twice, and never behind a newer one.
        assert values == sorted(values)
        assert set(values) == {b"1", b"2", b"3"}


async def _made(log: KafkaLog) -> bool:
    try:
        await log.create_topics([TOPIC])
    except LogUnavailable:
        return False
    return True


async def test_control_with_two_of_three_gone_nothing_is_accepted(kafka: ApacheKafka, log: KafkaLog) -> None:
    await eventually(lambda: _made(log), deadline=60)
    writer = log.writer("relay-alone")
    await writer.open()
    await _appended(writer, "a", b"1")
    for broker in kafka.brokers[:2]:
        broker.kill()
    with pytest.raises(LogUnavailable):
        async with asyncio.timeout(90):
            await writer.append([Record(TOPIC.name, "a", b"2")])
    await writer.close()
