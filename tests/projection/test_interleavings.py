"""Whatever is said, in whatever order it arrives: nothing hidden is answered, and in the end all is as told.

The index is one in memory (`index_in_memory`): a history makes dozens of batches. `test_rebuilding`
and the search service's own tests use the real one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample
from sqlalchemy import text

from shared.messaging import applier, guards
from shared.messaging.envelope import Incoming
from shared.projection import dirt, projection, projector
from shared.projection.from_log import FromLog
from tests.projection.forums import Forums
from tests.projection.rebuilding import CHANGED_BETWEEN, HIDDEN_MEANWHILE, rebuilt
from tests.projection.script import FROM_LOG, TASKS, Leak, Play, Step, Wrong, aimed, scripts


@pytest.fixture(scope="module", autouse=True)
def small_steps() -> Iterator[None]:
    """Cascades and batches of two, so that much happens between two steps; and no line logged for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dirt, "SPREAD", 2)
        patch.setattr(dirt, "_CASCADES", 1)
        quiet = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        for module in (applier, projector):
            patch.setattr(module, "log", quiet)
        yield


@pytest.fixture(scope="module")
async def stage(shared_forums: Forums) -> Any:
    """Where histories are played."""
    shared_forums.batch = 2
    yield shared_forums
    shared_forums.batch = 500


PROOF = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None)
LONG = settings(PROOF, max_examples=25)
"""A rebuild from the log makes and drops tables: a history takes several times as long."""
SEARCH = settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None
)


async def counterexample(stage: Forums, failure: type[AssertionError]) -> list[Step] | None:
    """A history that fails in this way, if one is found among those aimed at what is left out."""
    loop = asyncio.get_running_loop()

    def fails(script: list[Step]) -> bool:
        try:
            asyncio.run_coroutine_threadsafe(Play(stage).play(script), loop).result()
        except failure:
            return True
        except AssertionError:
            return False
        return False

    def search() -> list[Step] | None:
        try:
            return find(aimed(), fails, settings=SEARCH)
        except NoSuchExample:
            return None

    return await asyncio.to_thread(search)


@PROOF
@given(script=scripts())
async def test_nothing_hidden_is_answered_and_all_visible_is_found(stage: Forums, script: list[Step]) -> None:
    await Play(stage).play(script)


@PROOF
@given(script=scripts(*TASKS))
async def test_also_while_the_index_is_rebuilt_and_compared(stage: Forums, script: list[Step]) -> None:
    await Play(stage).play(script)


@LONG
@given(script=scripts(*FROM_LOG, most=60))
async def test_also_while_all_is_rebuilt_from_the_log(stage: Forums, script: list[Step]) -> None:
    await Play(stage).play(script)


@PROOF
@given(script=aimed())
async def test_nor_in_the_histories_the_controls_fail_in(stage: Forums, script: list[Step]) -> None:
    await Play(stage).play(script)


async def test_control_without_the_rule_of_ancestors_it_leaks(stage: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    itself = text("SELECT id AS leaf FROM document WHERE id = ANY(CAST(:ids AS text[])) AND visible")
    monkeypatch.setattr(projection, "_SHOWN", itself)
    assert await counterexample(stage, Leak) is not None


async def _unguarded(session: object, consumer: str, messages: Sequence[Incoming]) -> list[Incoming]:
    return list({(message.topic, message.key): message for message in messages}.values())


async def test_control_without_the_guard_it_leaks(stage: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "newest", _unguarded)
    assert await counterexample(stage, Leak) is not None


async def test_control_with_ordinals_alone_an_older_epoch_wins(stage: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    async def by_ordinal(session: Any, consumer: str, messages: Sequence[Incoming]) -> list[Incoming]:
        done = await guards.ages(session, consumer, [(m.topic, m.key) for m in messages])
        latest: dict[tuple[str, str], Incoming] = {}
        for message in messages:
            known = latest.get((message.topic, message.key))
            if message.ordinal > (known.ordinal if known else done[message.topic, message.key][1]):
                latest[message.topic, message.key] = message
        await guards.advance(session, consumer, list(latest.values()))
        return list(latest.values())

    monkeypatch.setattr(guards, "newest", by_ordinal)
    assert await counterexample(stage, AssertionError) is not None


async def test_control_cleaned_by_id_alone_new_dirt_is_lost(stage: Forums, monkeypatch: pytest.MonkeyPatch) -> None:
    by_stamp = "AND dirt.stamp = done.stamp AND NOT dirt.cascade"
    assert by_stamp in str(dirt._CLEAN)
    monkeypatch.setattr(dirt, "_CLEAN", text(str(dirt._CLEAN).replace(by_stamp, "AND NOT dirt.cascade")))
    assert await counterexample(stage, Wrong) is not None


async def test_control_without_a_cascade_names_and_children_are_outdated(
    stage: Forums, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(session: object) -> bool:
        return False

    monkeypatch.setattr(dirt, "spread", nothing)
    monkeypatch.setattr(dirt, "_TAKE", text("SELECT id, stamp FROM dirt ORDER BY priority, stamp LIMIT :most"))
    monkeypatch.setattr(dirt, "_CLEAN", text(str(dirt._CLEAN).replace("AND NOT dirt.cascade", "")))
    assert await counterexample(stage, Wrong) is not None


@LONG
@given(script=rebuilt())
async def test_nor_in_those_aimed_at_a_rebuild_from_the_log(stage: Forums, script: list[Step]) -> None:
    await Play(stage).play(script)


async def test_control_swapped_in_while_behind_what_was_hidden_is_seen_again(
    stage: Forums, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_what_was_there_when_it_began(self: FromLog, run: Any, reader: Any) -> bool:
        places = await reader.positions(run.due)
        return all(places[partition] >= due for partition, due in run.due.items())

    await Play(stage).play(HIDDEN_MEANWHILE)
    monkeypatch.setattr(FromLog, "_has_caught_up", read_what_was_there_when_it_began)
    with pytest.raises(Leak):
        await Play(stage).play(HIDDEN_MEANWHILE)


async def test_control_changes_between_the_two_swaps_are_lost_by_the_new_generation(
    stage: Forums, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_rebuilds(tasks: Any) -> frozenset[str]:
        return frozenset(task.generation for task in tasks if task.kind == "rebuild")

    await Play(stage).play(CHANGED_BETWEEN)
    monkeypatch.setattr(projector, "_filled_by", only_rebuilds)
    with pytest.raises(Wrong):
        await Play(stage).play(CHANGED_BETWEEN)
