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
async def broker(advertised_port: int) -> AsyncIterator[Started]:
    """A broker with nothing on it, gone at the end."""
    if is_apache():
        async with ApacheKafka(advertised_port=advertised_port) as kafka:
            yield Started(kafka.brokers[0].port, {})
    else:
        async with tansu.Tansu(advertised_port=advertised_port) as light:
            yield Started(light.port, tansu.LACKS)
