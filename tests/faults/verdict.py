"""What must hold of a log and of what was applied from it, whatever was killed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A message as it stands on the log."""

    key: str
    epoch: int
    ordinal: int
    content: object


def faults_of_log(messages: Sequence[Told]) -> list[str]:
    """What is wrong with the order of messages; empty if nothing is.

    A relay that was killed between append and delete says its last batch again: a message may come again with
    the same content, never out of order: from the first one said again all that follow are, too.
    """
    faults: list[str] = []
    seen: dict[str, dict[tuple[int, int], object]] = {}
    last: dict[str, tuple[int, int]] = {}
    for one in messages:
        mine, age = seen.setdefault(one.key, {}), (one.epoch, one.ordinal)
        if age in mine and mine[age] != one.content:
            faults.append(f"{one.key} {age}: said twice with different content")
        if age not in mine:
            if mine and age != (one.epoch, max(mine)[1] + 1):
                faults.append(f"{one.key} {age}: follows {max(mine)}")
            if not mine and one.ordinal != 1:
                faults.append(f"{one.key} {age}: the first one was lost")
        mine[age] = one.content
        last[one.key] = age
    for key, age in last.items():
        if age != max(seen[key]):
            faults.append(f"{key}: ends with {age}, older than {max(seen[key])}")
    return faults


def faults_of_effect(expected: Iterable[str], applied: Sequence[str]) -> list[str]:
    """Which of the expected were never applied, and which more than once."""
    return [f"{one}: applied {applied.count(one)} times" for one in expected if applied.count(one) != 1]
