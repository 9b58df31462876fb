"""Topics and their partitions on Kafka; writers and readers come from here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from kafka import KafkaAdminClient
from kafka import errors as kafka_errors

from shared.messaging.kafka_log.failures import translated
from shared.messaging.kafka_log.reader import KafkaReader
from shared.messaging.kafka_log.settings import KafkaSettings
from shared.messaging.kafka_log.thread import ClientThread
from shared.messaging.kafka_log.topics import TopicAdmin
from shared.messaging.kafka_log.writer import KafkaWriter
from shared.messaging.log import LogError, Mismatch, Partition, Topic


class KafkaLog:
    """The log on a Kafka cluster. Construction connects to nothing."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._thread = ClientThread("kafka-admin")
        self._admin: Any = None
        self._partitions: dict[str, list[Partition]] = {}

    async def identity(self) -> str:
        """The cluster's id. Raises LogUnavailable."""

        def describe() -> str:
            with translated("cluster id"):
                return str(self._client().describe_cluster()["cluster_id"])

        return await self._thread.call(describe, self._deadline)

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Create those that are missing; leave the others as they are. Raises LogUnavailable, LogError."""
        wanted = list(topics)
        if wanted:
            await self._thread.call(lambda: self._topics().create(wanted), self._deadline)

    async def check_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        """In what the topics differ from their declarations. Raises LogUnavailable, LogError."""
        declared = list(topics)
        return await self._thread.call(lambda: self._topics().check(declared), self._deadline)

    async def apply_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        """Create what is missing and mend what can be mended; what is left. Raises LogUnavailable, LogError."""
        declared = list(topics)
        return await self._thread.call(lambda: self._topics().apply(declared), self._deadline)

    async def partitions(self, topic: str) -> list[Partition]:
        """All partitions of a topic. Raises UnknownTopic, LogUnavailable."""
        known = self._partitions.get(topic)
        if known is None:
            known = await self._thread.call(lambda: self._topics().partitions(topic), self._deadline)
            # The number of partitions of a live topic never changes.
            self._partitions[topic] = known
        return list(known)

    def writer(self, name: str) -> KafkaWriter:
        """A writer whose transactional id is ``name``."""
        return KafkaWriter(self._settings, name, self.partitions)

    def reader(self, group: str | None = None) -> KafkaReader:
        """A reader of committed records."""
        return KafkaReader(self._settings, group, self.partitions)

    async def close(self) -> None:
        """Let go of the admin client; writers and readers close themselves. Never raises."""
        client, self._admin = self._admin, None
        if client is not None:
            with contextlib.suppress(LogError, kafka_errors.KafkaError, OSError):
                await self._thread.call(client.close, self._settings.close_timeout_ms / 1000)
        self._thread.stop()

    @property
    def _deadline(self) -> float:
        return (self._settings.bootstrap_timeout_ms + self._settings.request_timeout_ms) / 1000 + 1

    def _client(self) -> Any:
        if self._admin is None:
            self._admin = KafkaAdminClient(**self._settings.client_options())
        return self._admin

    def _topics(self) -> TopicAdmin:
        with translated("reaching the cluster"):
            return TopicAdmin(self._client(), self._settings)
