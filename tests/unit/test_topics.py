"""A service does not start on topics that are not what it declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest

from shared.messaging.log import Log, LogUnavailable, Mismatch, Topic
from shared.runtime.workers import Topics

TOPIC = Topic("demain.test.things")
DIFFERS = Mismatch(TOPIC.name, "cleanup.policy", "delete", "compact")


class ToldLog:
    """Answers the checks with what it was told to, in turn."""

    def __init__(self, *answers: list[Mismatch] | LogUnavailable) -> None:
        self.answers = list(answers)

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        assert list(topics) == [TOPIC]

    async def check_topics(self, topics: Iterable[Topic]) -> list[Mismatch]:
        answer = self.answers.pop(0)
        if isinstance(answer, LogUnavailable):
            raise answer
        return answer


def topics(*answers: Any) -> Topics:
    return Topics(cast(Log, ToldLog(*answers)), [TOPIC])


async def test_what_differs_is_named_with_the_fix() -> None:
    there = topics([DIFFERS])
    await there.make_fit()
    assert there.mismatches == [DIFFERS]
    said = there.complaint() or ""
    assert "topic demain.test.things: cleanup.policy is delete, declared is compact" in said
    assert "demain topics apply" in said


async def test_what_is_as_declared_is_well() -> None:
    there = topics([])
    assert there.complaint() == "the log was not reached yet"
    await there.make_fit()
    assert there.complaint() is None


async def test_a_topic_just_made_is_waited_for() -> None:
    there = topics([Mismatch(TOPIC.name, "")])
    with pytest.raises(LogUnavailable, match="not every broker knows demain"):
        await there.make_fit()
    assert there.mismatches == []


async def test_a_log_that_comes_late_is_looked_at_until_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def no_time(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("shared.runtime.workers.asyncio.sleep", no_time)
    there = topics(LogUnavailable("away"), [DIFFERS], [])
    await there.run()
    assert there.complaint() is None
    assert len(waits) == 2
