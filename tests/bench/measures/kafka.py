"""Relay and consumer on Kafka, beside kafka-python alone; and beside confluent-kafka, to know what our client costs.

On Apache Kafka where there is Java, one broker; else, and in a quick round, on the light broker of the tests. Which
one it is stands in the table.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import confluent_kafka
import uvloop
from kafka import KafkaProducer

from services.contributions.service import SERVICE as CONTRIBUTIONS
from services.events.service import SERVICE as EVENTS
from shared.contracts.contributions import CONTRIBUTIONS as PUBLISHED
from shared.contracts.contributions import ContributionPublished
from shared.contracts.identity import PEOPLE
from shared.messaging.envelope import headers_of, payload_of, record_of
from shared.messaging.kafka_log import KafkaLog, KafkaSettings
from shared.messaging.log import Record
from shared.messaging.relay import BATCH
from shared.runtime.correlation import traceparent
from tests.bench.bench import QUICK, Bench
from tests.bench.databases import databases, fill_outbox, named, published
from tests.bench.moving import NAMES_A_MESSAGE, UPSERTS, consumed, relayed, upserted
from tests.bench.table import PER_SECOND, Limit, Row
from tests.support.apache_kafka import ApacheKafka
from tests.support.tansu import Tansu

PATIENCE = 30.0
"""Seconds confluent-kafka may take for a batch."""


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    apache = shutil.which("java") is not None and bench.extent.runs > QUICK.runs
    on = "Apache Kafka" if apache else "the light broker"
    bench.say(f"relay and consumer on {on}")
    runs = uvloop.run(_runs(bench, apache=apache))
    relay = [one.relayed for one in runs]
    alone = Limit("kafka-python alone, the same bytes in the same batches", [one.kafka_python for one in runs])
    other = Limit("confluent-kafka alone, the same bytes in the same batches", [one.confluent for one in runs])
    yield Row(f"relay to {on}, batches of {BATCH}", PER_SECOND, relay, alone)
    yield Row(f"relay to {on}, batches of {BATCH}", PER_SECOND, relay, other)
    yield Row(
        f"consumer with its guards, from {on}",
        PER_SECOND,
        [one.consumed for one in runs],
        Limit(UPSERTS, [one.upserted for one in runs]),
    )


@dataclass(frozen=True)
class _Rates:
    """Messages per second."""

    relayed: float
    kafka_python: float
    confluent: float
    consumed: float
    upserted: float


@asynccontextmanager
async def _broker(*, apache: bool) -> AsyncIterator[str]:
    if apache:
        async with ApacheKafka() as kafka:
            yield kafka.addresses[0]
    else:
        async with Tansu() as light:
            yield light.address


async def _runs(bench: Bench, *, apache: bool) -> list[_Rates]:
    async with _broker(apache=apache) as address, databases(bench) as make:
        settings = KafkaSettings((address,), session_timeout_ms=6_000, fetch_max_wait_ms=20)
        log = KafkaLog(settings)
        sender = await make.of(CONTRIBUTIONS, "bench_sender")
        sender.bell.relay_is_near = True
        events, bare = await make.of(EVENTS, "bench_events"), await make.bare("bench_bare")
        await log.create_topics([PUBLISHED, PEOPLE])
        rates = []
        # The first round is not counted: topics get their leaders, connections are opened.
        for number in range(bench.extent.runs + 1):
            said = [published(place) for place in range(bench.extent.messages)]
            people = [named(place) for place in range(bench.extent.messages * NAMES_A_MESSAGE)]
            await fill_outbox(sender, said)
            moved = await relayed(sender, log)
            await fill_outbox(sender, people)
            await relayed(sender, log)
            records = [_record(one) for one in said]
            rates.append(
                _Rates(
                    relayed=len(said) / moved,
                    kafka_python=len(said) / _kafka_python(settings, records),
                    confluent=len(said) / _confluent(address, records),
                    consumed=len(people) / await consumed(events, log, len(people) * (number + 1)),
                    upserted=len(people) / await upserted(bare, people),
                )
            )
        await log.close()
        return rates[1:]


def _record(one: ContributionPublished) -> Record:
    headers = headers_of(one, source="contributions", ordinal=1, epoch=1, traceparent=traceparent())
    return record_of(one.TOPIC, one.id, payload_of(one), headers)


def _kafka_python(settings: KafkaSettings, records: Sequence[Record]) -> float:
    """Seconds: as our writer sends, without transactions."""
    producer = KafkaProducer(**settings.client_options(), acks="all", batch_size=256 * 1024)
    producer.partitions_for(PUBLISHED.name)
    began = time.perf_counter()
    for start in range(0, len(records), BATCH):
        for one in records[start : start + BATCH]:
            producer.send(one.topic, key=one.key.encode(), value=one.value, headers=list(one.headers))
        producer.flush()
    seconds = time.perf_counter() - began
    producer.close()
    return seconds


def _confluent(address: str, records: Sequence[Record]) -> float:
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "acks": "all", "batch.size": 256 * 1024})
    producer.list_topics(PUBLISHED.name, timeout=PATIENCE)
    began = time.perf_counter()
    for start in range(0, len(records), BATCH):
        for one in records[start : start + BATCH]:
            producer.produce(one.topic, key=one.key.encode(), value=one.value, headers=list(one.headers))
        waiting = producer.flush(PATIENCE)
        assert not waiting, f"confluent-kafka: {waiting} messages are not acknowledged after {PATIENCE} s"
    return time.perf_counter() - began
