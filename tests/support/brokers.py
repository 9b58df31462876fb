"""Which Kafka a test talks to: the light broker, or Apache Kafka itself with ``DEMAIN_TEST_KAFKA=apache``."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support import tansu
from tests.support.apache_kafka import ApacheKafka

VARIABLE = "DEMAIN_TEST_KAFKA"
APACHE = "apache"
BROKERS = "DEMAIN_TEST_KAFKA_BROKERS"


@dataclass(frozen=True)
class Started:
    """A broker that runs."""

    port: int
    """Where it listens; its clients are told its advertised port."""
    lacks: Mapping[str, str]
    """What it cannot do → why."""


def is_apache() -> bool:
    """Whether Apache Kafka is asked for."""
    return os.environ.get(VARIABLE) == APACHE


@asynccontextmanager
async def cluster() -> AsyncIterator[ApacheKafka | None]:
    """Apache Kafka for a whole platform, of ``DEMAIN_TEST_KAFKA_BROKERS`` brokers; None if it is not asked for."""
    if not is_apache():
        yield None
        return
    async with ApacheKafka(int(os.environ.get(BROKERS, "1"))) as kafka:
        yield kafka


def platform_settings(kafka: ApacheKafka | None) -> dict[str, str]:
    """The variables that put a platform's log on this cluster; empty without one."""
    if kafka is None:
        return {}
    return {
        "KAFKA_BOOTSTRAP_SERVERS": ",".join(kafka.addresses),
        "KAFKA_REPLICATION": str(min(3, len(kafka.brokers))),
        "KAFKA_FETCH_MAX_WAIT_MS": "100",
    }


@asynccontextmanager
async def broker(advertised_port: int | None = None) -> AsyncIterator[Started]:
    """A broker with nothing on it, gone at the end; its clients are told ``advertised_port``, or where it listens."""
    if is_apache():
        async with ApacheKafka(advertised_port=advertised_port) as kafka:
            yield Started(kafka.brokers[0].port, {})
    else:
        async with tansu.Tansu(advertised_port=advertised_port) as light:
            yield Started(light.port, tansu.LACKS)
