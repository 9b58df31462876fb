"""The storm: a short one, for ``-m faults``; and that what it is judged by can find something.

``make test-faults`` lets it blow for longer. The controls here are quick and run with all other tests.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.storm.actor import Actor
from tests.faults.storm.checks import hidden
from tests.faults.storm.checks.facts import Facts
from tests.faults.storm.checks.told import Truth, doubles, losses
from tests.faults.storm.database import DatabaseServer
from tests.faults.storm.faults.servers import DatabaseFull
from tests.faults.storm.journal import NOTHING, Answer, Creation, Journal, Outcome, Thing
from tests.faults.storm.reading import observed
from tests.faults.storm.schedule import FAULTS, schedule
from tests.faults.storm.small_disk import SmallDisk
from tests.faults.storm.storm import Report, lines, storm
from tests.faults.verdict import Told

SEED = int(os.environ.get("SEED") or 1)


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_a_short_storm() -> None:
    said: list[str] = []
    report = await storm(SEED, 45, said.append)

    assert not report.failures, "\n".join([*said, *lines(report)])
    assert report.faults
    assert "doubles" in report.controls


def test_a_seed_has_one_schedule() -> None:
    def first(seed: int) -> list[tuple[Any, ...]]:
        return [
            (one.fault.name, one.rest, one.length, one.dice.random()) for one in itertools.islice(schedule(seed), 40)
        ]

    assert first(7) == first(7)
    assert first(7) != first(8)
    assert {name for name, *_ in first(7)} == {fault.name for fault in FAULTS}


def _accepted(journal: Journal, thing: Thing, to: str) -> None:
    journal.note(thing, "POST", Answer(200), to)


def test_what_was_accepted_and_is_gone_is_a_violation() -> None:
    journal, thing = Journal(), Thing("contribution", "word")
    _accepted(journal, thing, "draft")
    _accepted(journal, thing, "published")
    journal.saw(thing, "published")
    assert journal.violations == []

    journal.saw(thing, "draft")

    assert len(journal.violations) == 1
    assert "is draft, and must be published" in journal.violations[0]
    assert "POST" in journal.violations[0], "the journal of the thing stands in the report"


def test_what_was_refused_and_is_there_is_a_violation() -> None:
    journal, thing = Journal(), Thing("contribution", "word")
    _accepted(journal, thing, "draft")
    journal.note(thing, "POST", Answer(409), "published")

    journal.saw(thing, "published")

    assert len(journal.violations) == 1


@pytest.mark.parametrize("seen", ["draft", "published"])
def test_what_nobody_answered_may_be_either(seen: str) -> None:
    journal, thing = Journal(), Thing("contribution", "word")
    _accepted(journal, thing, "draft")
    journal.note(thing, "POST", Answer(503), "published")
    journal.calm = True

    journal.saw(thing, seen)

    assert journal.violations == []
    assert thing.is_for_sure(seen)


def test_what_nobody_answered_may_be_done_after_a_look_until_the_version_rises() -> None:
    journal, thing = Journal(), Thing("contribution", "word")
    _accepted(journal, thing, "draft")
    journal.note(thing, "POST", Answer(0), "submitted")
    journal.saw(thing, "draft")
    assert thing.possible == {"draft", "submitted"}

    journal.note(thing, "PATCH", Answer(200), "draft, edited")

    assert thing.is_for_sure("draft, edited")


def test_what_names_no_version_may_be_done_until_calm() -> None:
    journal, thing = Journal(), Thing("registration", "word")
    journal.note(thing, "POST", Answer(0), "coming", versioned=False)
    journal.note(thing, "DELETE", Answer(204), NOTHING, versioned=False)
    assert thing.possible == {"coming", NOTHING}

    journal.calm = True
    journal.saw(thing, NOTHING)

    assert thing.is_for_sure(NOTHING)


class Answering(Actor):
    """Gets the answers of a test's own."""

    def __init__(self, journal: Journal, *answers: Answer) -> None:
        super().__init__("0", None, journal, random.Random(0), None)  # type: ignore[arg-type]
        self._answers = list(answers)

    async def ask(self, *asked: Any, **options: Any) -> Answer:
        return self._answers.pop(0)


async def test_two_ids_under_one_key_are_a_violation() -> None:
    journal, thing = Journal(), Thing("contribution", "word", creation=Creation("expert", "/api/x", {}, "key"))
    actor = Answering(journal, Answer(201, {"id": "one"}), Answer(201, {"id": "other"}))

    await actor.create_again(thing, to="draft")
    assert journal.violations == []
    await actor.create_again(thing, to="draft")

    assert "made twice under one key" in journal.violations[0]


async def test_a_refusal_after_a_try_without_an_answer_proves_nothing() -> None:
    journal, thing = Journal(), Thing("contribution", "word", creation=Creation("expert", "/api/x", {}, "key"))
    actor = Answering(journal, Answer(0), Answer(401))

    await actor.create_again(thing, to="draft")
    outcome, _ = await actor.create_again(thing, to="draft")

    assert outcome is Outcome.UNKNOWN
    assert thing.possible == {NOTHING, "draft"}


@pytest.mark.parametrize(("hits", "broken"), [([], 0), (["id"], 1)])
async def test_something_hidden_that_is_found_is_a_broken_fact(hits: list[str], broken: int) -> None:
    facts, journal = Facts(), Journal()
    thing = Thing("contribution", "qword", frozenset({"withdrawn"}), "id")
    found = Answer(200, {"hits": [{"id": one} for one in hits], "total": len(hits)})

    await hidden._by_its_word(Answering(journal, found, Answer(200, {"items": []})), thing, facts)

    assert len(facts.broken) == broken
    assert facts.total == 2


def test_doubles_and_losses_are_found() -> None:
    topic, key = "topic", ("topic", "key")
    truth = Truth("log", {topic: [Told("key", 1, 1, "a"), Told("key", 1, 2, "b")]})

    assert losses([(key, (1, 2))], truth) == [], "an older state that was overtaken is no loss"
    assert losses([(key, (1, 1))], truth) == [key]
    assert doubles([(key, (1, 1)), (key, (1, 2))]) == []
    assert len(doubles([(key, (1, 1)), (key, (1, 1))])) == 1


def test_an_answer_that_says_nothing_is_no_state() -> None:
    thing = Thing("contribution", "word")

    assert observed(thing, Answer(503)) is None
    assert observed(thing, Answer(401)) is None
    assert observed(thing, Answer(410)) == "withdrawn"
    assert observed(thing, Answer(404)) == NOTHING


def test_a_small_disk_can_be_filled_and_emptied() -> None:
    disk = SmallDisk("test", 1)
    try:
        if not disk.can_be_filled:
            pytest.skip(disk.why_not)
        assert disk.fill() > 900_000
        with pytest.raises(OSError, match="No space"):
            Path(disk.folder / "more").write_bytes(b"x" * 5000)
        disk.empty()
        Path(disk.folder / "more").write_bytes(b"x" * 5000)
    finally:
        disk.remove()
    assert not disk.folder.exists()


@asynccontextmanager
async def database_on_a_small_disk() -> AsyncIterator[DatabaseServer]:
    database = DatabaseServer()
    try:
        if not database.disk.can_be_filled:
            pytest.skip(database.disk.why_not)
        await database.start()
        yield database
    finally:
        await database.end()


async def test_postgresql_meets_the_full_disk_and_a_disk_that_is_not_full_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with database_on_a_small_disk() as database:
        town: Any = SimpleNamespace(database=database)
        fault = DatabaseFull(town, random.Random(0))
        await fault.begin()
        await fault.end()
        assert "No space left on device" in fault.detail
        assert not fault.unmet

        await database.take_room()  # there is some again
        monkeypatch.setattr(database.disk, "fill", lambda: 0)
        control = DatabaseFull(town, random.Random(0))
        await control.begin()
        await control.end()
        assert control.unmet == "PostgreSQL found room all the same"


def test_a_fault_that_nobody_met_is_told() -> None:
    report = Report(4711, "a broker", 60, unmet=["a full disk: PostgreSQL found room"])
    assert "  not met: a full disk: PostgreSQL found room" in lines(report)


def test_a_failure_says_how_to_have_it_again() -> None:
    report = Report(4711, "a broker", 60, faults=["kill -9 of a process search-1"])
    report.facts.check("accepted, and there", False, "contribution qword was published")

    said = "\n".join(lines(report))

    assert "SEED=4711" in said
    assert "kill -9 of a process search-1" in said
    assert "contribution qword was published" in said
