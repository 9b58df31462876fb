"""Topics on a Kafka cluster: created, compared with their declarations, mended. Called in the client's thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kafka import errors as kafka_errors
from kafka.admin import ConfigResource, ConfigResourceType

from shared.messaging.kafka_log.failures import translated
from shared.messaging.kafka_log.settings import KafkaSettings
from shared.messaging.log import LogError, LogUnavailable, Mismatch, Partition, Topic, TopicKind, UnknownTopic

_LONGEST_SEGMENT = timedelta(days=7)
"""The active segment is never compacted; `max.compaction.lag.ms` holds only if segments end too."""

_IN_SYNC = "min.insync.replicas"

_UNKNOWN_TOPIC = 3
_LEADER_NOT_AVAILABLE = 5
_ALREADY_EXISTS = 36


def _milliseconds(duration: timedelta) -> str:
    return str(max(1, int(duration.total_seconds() * 1000)))


def topic_configs(topic: Topic, copies: int = 1) -> dict[str, str]:
    """The broker's configuration of a topic with so many copies.

    Of three copies and more a majority must have a record before it counts as written (we write with acks=all), so that
    no acknowledged record goes with one broker. Left to the brokers' default that would be one copy.
    """
    durable = {_IN_SYNC: str(copies // 2 + 1)} if copies >= 3 else {}
    return durable | _retention_configs(topic)


def _retention_configs(topic: Topic) -> dict[str, str]:
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


def _is_met(name: str, found: str, wanted: str) -> bool:
    """Whether a topic is configured as declared; more copies in sync than asked for are safer still."""
    if name == _IN_SYNC and found.isdecimal():
        return int(found) >= int(wanted)
    return found == wanted


class TopicAdmin:
    """Works with an admin client; raises LogUnavailable and LogError."""

    def __init__(self, client: Any, settings: KafkaSettings) -> None:
        self._client = client
        self._settings = settings

    def partitions(self, topic: str) -> list[Partition]:
        """All partitions of a topic. Raises UnknownTopic too."""
        with translated(f"topic {topic}"):
            found = self._client.describe_topics([topic])[0]
        if found["error_code"] == _UNKNOWN_TOPIC:
            raise UnknownTopic(f"the topic {topic!r} does not exist: create it first")
        if found["error_code"] == _LEADER_NOT_AVAILABLE:
            raise LogUnavailable(f"topic {topic}: its leader is not elected yet")
        if found["error_code"]:
            raise LogError(f"topic {topic}: {kafka_errors.for_code(found['error_code']).__name__}")
        return [Partition(topic, number) for number in sorted(p["partition_index"] for p in found["partitions"])]

    def create(self, topics: Sequence[Topic]) -> None:
        """Create those that are missing; leave the others as they are."""
        with translated("creating topics"):
            there = self._described(topics)
            missing = {
                topic.name: {
                    "num_partitions": self._partitions_of(topic),
                    "replication_factor": self._settings.replication_factor,
                    "configs": self._configs_of(topic),
                }
                for topic in topics
                if topic.name not in there
            }
            if not missing:
                return
            answer = self._client.create_topics(missing, raise_errors=False, wait_for_metadata=False)
            for created in answer["topics"]:
                code = created["error_code"]
                if code and code != _ALREADY_EXISTS:
                    why = created.get("error_message") or kafka_errors.for_code(code).__name__
                    raise LogError(f"topic {created['name']} was not created: {why}")
            self._client.wait_for_topics(list(missing))

    def check(self, topics: Sequence[Topic]) -> list[Mismatch]:
        """In what the topics differ from their declarations."""
        with translated("checking topics"):
            there = self._described(topics)
            configs = self._configs([topic for topic in topics if topic.name in there])
        found: list[Mismatch] = []
        for topic in topics:
            if topic.name not in there:
                found.append(Mismatch(topic.name, ""))
                continue
            partitions = there[topic.name]["partitions"]
            copies = min((len(one["replica_nodes"]) for one in partitions), default=0)
            wanted_copies = self._settings.replication_factor
            if len(partitions) != self._partitions_of(topic):
                wanted = str(self._partitions_of(topic))
                found.append(Mismatch(topic.name, "partitions", str(len(partitions)), wanted, mendable=False))
            if copies < wanted_copies:
                found.append(Mismatch(topic.name, "copies", str(copies), str(wanted_copies), mendable=False))
            # A broker that tells no configuration at all cannot be checked; Apache Kafka always does.
            told = configs.get(topic.name) or {}
            declared = self._configs_of(topic) if told else {}
            found += [
                Mismatch(topic.name, name, told.get(name, ""), wanted)
                for name, wanted in declared.items()
                if not _is_met(name, told.get(name, ""), wanted)
            ]
        return found

    def apply(self, topics: Sequence[Topic]) -> list[Mismatch]:
        """Create what is missing, set what is set otherwise; what is left."""
        self.create(topics)
        declared = {topic.name: self._configs_of(topic) for topic in topics}
        mendable = {one.topic for one in self.check(topics) if one.mendable}
        if mendable:
            with translated("changing topics"):
                self._client.alter_configs(
                    [
                        ConfigResource(ConfigResourceType.TOPIC, name, configs=declared[name])
                        for name in sorted(mendable)
                    ]
                )
        return self.check(topics)

    def _configs_of(self, topic: Topic) -> dict[str, str]:
        return topic_configs(topic, self._settings.replication_factor)

    def _partitions_of(self, topic: Topic) -> int:
        return max(topic.partitions, self._settings.partitions)

    def _described(self, topics: Sequence[Topic]) -> dict[str, Any]:
        described = self._client.describe_topics([topic.name for topic in topics])
        return {found["name"]: found for found in described if found["error_code"] != _UNKNOWN_TOPIC}

    def _configs(self, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
        if not topics:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
        answer = self._client.describe_configs(asked, config_filter="all").get("topic", {})
        return {
            name: {key: str(one.get("value") or "") for key, one in entries.items()} for name, entries in answer.items()
        }
