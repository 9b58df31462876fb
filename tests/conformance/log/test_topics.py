"""Topics as their owners declare them: what differs is said, and mended where that moves no record."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.messaging.log import Log, Mismatch, Topic, TopicKind


def fresh(kind: TopicKind = TopicKind.STATE, **more: object) -> Topic:
    return Topic(f"test.{uuid.uuid4().hex[:12]}", kind, **more)  # type: ignore[arg-type]


async def test_what_is_missing_is_said_and_made(log: Log) -> None:
    state, facts = fresh(), fresh(TopicKind.FACTS)

    found = await log.check_topics([state, facts])
    assert found == [Mismatch(state.name, ""), Mismatch(facts.name, "")]
    assert str(found[0]) == f"topic {state.name} does not exist"

    assert await log.apply_topics([state, facts]) == []
    assert await log.check_topics([state, facts]) == []
    assert await log.apply_topics([state, facts]) == [], "mending again changes nothing"


async def test_the_number_of_partitions_is_said_and_never_changed(log: Log) -> None:
    topic = fresh(partitions=2)
    await log.create_topics([topic])

    (found,) = await log.apply_topics([replace(topic, partitions=5)])

    assert (found.what, found.found, found.declared, found.mendable) == ("partitions", "2", "5", False)
    assert str(found) == f"topic {topic.name}: partitions is 2, declared is 5"
    assert len(await log.partitions(topic.name)) == 2


@pytest.mark.needs("topic_configs")
async def test_how_long_facts_are_kept_is_mended(log: Log) -> None:
    topic = fresh(TopicKind.FACTS, retention=timedelta(days=3))
    await log.create_topics([topic])
    longer = replace(topic, retention=timedelta(days=90))

    found = await log.check_topics([longer])
    assert found
    assert all(one.mendable for one in found)
    assert await log.apply_topics([longer]) == []
    assert await log.check_topics([longer]) == []
    assert await log.check_topics([topic]), "it is compared with what is declared, whatever that is"


async def test_no_topics_are_fine(log: Log) -> None:
    assert await log.check_topics([]) == await log.apply_topics([]) == []
