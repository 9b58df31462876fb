"""Topics and their partitions on Kafka; writers and readers come from here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from kafka import KafkaAdminClient
from kafka import errors as kafka_errors

from shared.messaging.kafka_log.failures import translated
from shared.messaging.kafka_log.reader import KafkaReader
from shared.messaging.kafka_log.settings import KafkaSettings
from shared.messaging.kafka_log.thread import ClientThread
from shared.messaging.kafka_log.writer import KafkaWriter
from shared.messaging.log import LogError, LogUnavailable, Partition, Topic, TopicKind, UnknownTopic

_LONGEST_SEGMENT = timedelta(days=7)
"""The active segment is never compacted; `max.compaction.lag.ms` holds only if segments end too."""

_UNKNOWN_TOPIC = 3
_LEADER_NOT_AVAILABLE = 5
_ALREADY_EXISTS = 36


def _milliseconds(duration: timedelta) -> str:
    return str(max(1, int(duration.total_seconds() * 1000)))


def topic_configs(topic: Topic) -> dict[str, str]:
    """The broker's configuration of a topic."""
    if topic.kind is TopicKind.STATE:
        return {
            "cleanup.policy": "compact",
            "max.compaction.lag.ms": _milliseconds(topic.max_compaction_lag),
            "segment.ms": _milliseconds(min(topic.max_compaction_lag, _LONGEST_SEGMENT)),
        }
    return {
        "cleanup.policy": "delete",
        "retention.ms": _milliseconds(topic.retention),
        "segment.ms": _milliseconds(min(topic.retention, _LONGEST_SEGMENT)),
    }


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
            await self._thread.call(lambda: self._create(wanted), self._deadline)

    async def partitions(self, topic: str) -> list[Partition]:
        """All partitions of a topic. Raises UnknownTopic, LogUnavailable."""
        known = self._partitions.get(topic)
        if known is None:
            known = await self._thread.call(lambda: self._describe(topic), self._deadline)
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

    def _describe(self, topic: str) -> list[Partition]:
        with translated(f"topic {topic}"):
            found = self._client().describe_topics([topic])[0]
        if found["error_code"] == _UNKNOWN_TOPIC:
            raise UnknownTopic(f"the topic {topic!r} does not exist: create it first")
        if found["error_code"] == _LEADER_NOT_AVAILABLE:
            raise LogUnavailable(f"topic {topic}: its leader is not elected yet")
        if found["error_code"]:
            raise LogError(f"topic {topic}: {kafka_errors.for_code(found['error_code']).__name__}")
        return [Partition(topic, number) for number in sorted(p["partition_index"] for p in found["partitions"])]

    def _create(self, topics: list[Topic]) -> None:
        with translated("creating topics"):
            client = self._client()
            described = client.describe_topics([topic.name for topic in topics])
            there = {found["name"] for found in described if found["error_code"] != _UNKNOWN_TOPIC}
            missing = {
                topic.name: {
                    "num_partitions": topic.partitions,
                    "replication_factor": self._settings.replication_factor,
                    "configs": topic_configs(topic),
                }
                for topic in topics
                if topic.name not in there
            }
            if not missing:
                return
            answer = client.create_topics(missing, raise_errors=False, wait_for_metadata=False)
            for created in answer["topics"]:
                code = created["error_code"]
                if code and code != _ALREADY_EXISTS:
                    why = created.get("error_message") or kafka_errors.for_code(code).__name__
                    raise LogError(f"topic {created['name']} was not created: {why}")
            client.wait_for_topics(list(missing))
