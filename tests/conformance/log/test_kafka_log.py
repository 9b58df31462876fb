"""What the Kafka adapter tells the broker, and what it refuses to be told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from shared.messaging.kafka_log import KafkaSettings
from shared.messaging.kafka_log.topics import topic_configs
from shared.messaging.log import Topic, TopicKind
from tests.conformance.log.backends import KafkaBackend
from tests.conformance.log.conftest import MakeTopic

DAY_MS = 24 * 3600 * 1000


def test_state_is_compacted_within_its_limit() -> None:
    configs = topic_configs(Topic("t", max_compaction_lag=timedelta(days=2)))
    assert configs == {
        "cleanup.policy": "compact",
        "max.compaction.lag.ms": str(2 * DAY_MS),
        "segment.ms": str(2 * DAY_MS),
    }


def test_segments_end_within_seven_days() -> None:
    """The active segment is neither compacted nor dropped: erasure needs it to end."""
    assert topic_configs(Topic("t", max_compaction_lag=timedelta(days=30)))["segment.ms"] == str(7 * DAY_MS)
    facts = topic_configs(Topic("t", TopicKind.FACTS, retention=timedelta(days=90)))
    assert facts == {"cleanup.policy": "delete", "retention.ms": str(90 * DAY_MS), "segment.ms": str(7 * DAY_MS)}


@pytest.mark.needs("topic_configs")
@pytest.mark.parametrize("backend", ["kafka"], indirect=True)
async def test_the_broker_has_what_was_declared(backend: KafkaBackend, make_topic: MakeTopic) -> None:
    topic = await make_topic(max_compaction_lag=timedelta(days=2))

    def ask() -> dict[str, Any]:
        admin = KafkaAdminClient(**backend.settings.client_options())
        try:
            answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
            return dict(answer["topic"][topic.name])
        finally:
            admin.close()

    there = await asyncio.to_thread(ask)
    assert {name: there[name]["value"] for name in topic_configs(topic)} == topic_configs(topic)


def test_settings_name_the_field_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="bootstrap_servers"):
        KafkaSettings(())
    with pytest.raises(ValueError, match="fetch_max_wait_ms"):
        KafkaSettings(("a:1",), fetch_max_wait_ms=10_000, request_timeout_ms=10_000)
    with pytest.raises(ValueError, match="append_timeout_ms"):
        KafkaSettings(("a:1",), append_timeout_ms=2, transaction_timeout_ms=1)


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(KafkaSettings(("a:1",), sasl_password="hunter2"))
