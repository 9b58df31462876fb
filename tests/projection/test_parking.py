"""What cannot be applied: set aside, hidden, superseded, tried again; and what only has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.messaging import parking
from shared.messaging.applier import ATTEMPTS, Applier
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Incoming
from shared.messaging.log import Partition, Received, Record
from shared.messaging.postgres_log import PostgresLog
from shared.messaging.reactions import Reactions, StateReaction, TransientFailure
from shared.projection.projection import Projection
from tests.projection.forums import (
    FORUMS,
    PROJECTION,
    SESSIONS,
    ForumAnnounced,
    ForumCancelled,
    Forums,
    SessionPlanned,
    SpeakerNamed,
)
from tests.projection.speaking import Speaker, spoiled, with_header
from tests.support.postgres import TestServer
from tests.support.waiting import eventually


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


async def parked(forums: Forums) -> list[parking.Parked]:
    async with forums.database.transaction() as session:
        return await parking.parked(session)


async def retry(forums: Forums, id: int, reactions: Reactions = PROJECTION.reactions) -> None:
    await parking.retry(forums.database, [reactions], id)


async def found(forums: Forums) -> set[str]:
    await forums.settles()
    return set(forums.index.documents)


@pytest.mark.parametrize(
    "poison",
    [
        lambda record: spoiled(record, b"{"),
        lambda record: spoiled(record, b"[]"),
        lambda record: spoiled(record, b'{"id": "1", "title": null}'),
        lambda record: spoiled(record, b"\xff"),
        lambda record: spoiled(record, b'{"id": "another", "title": "Not the key\'s"}'),
        lambda record: with_header(record, "ce_dataschema", "urn:demain.tests.SpeakerNamed:v1"),
    ],
)
async def test_a_poisoned_message_is_parked_and_hides_its_entity_and_the_others_go_on(
    at_work: Forums, speaker: Speaker, poison: Any
) -> None:
    await at_work.takes(
        speaker.says(ForumAnnounced(id="1", title="One")),
        speaker.says(SessionPlanned(id="s", title="Below it", forum="1")),
    )
    assert await found(at_work) == {"forum:1", "session:s"}
    before = speaker.says(ForumAnnounced(id="0", title="Before"))
    bad = poison(speaker.says(ForumAnnounced(id="1", title="Poison")))
    outcome = await at_work.takes(before, bad, speaker.says(ForumAnnounced(id="2", title="After")))
    assert not outcome.stops
    assert outcome.offsets == {bad.partition: bad.offset + 2}
    assert await at_work.answers(["forum:1", "session:s"]) == {"forum:0", "forum:2"} & set(at_work.index.documents)
    assert await found(at_work) == {"forum:0", "forum:2"}
    (one,) = await parked(at_work)
    assert (one.received.key, one.epoch, one.ordinal, one.attempts) == ("1", 1, 2, 1)
    assert one.error
    with pytest.raises(parking.NotRetried, match="still fails"):
        await retry(at_work, one.id)
    assert (await parked(at_work))[0].attempts == 2
    assert await found(at_work) == {"forum:0", "forum:2"}


async def test_a_newer_state_takes_the_place_of_a_parked_one(at_work: Forums, speaker: Speaker) -> None:
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="One")))
    await at_work.takes(spoiled(speaker.says(ForumAnnounced(id="1", title="Poison"))))
    assert await found(at_work) == set()
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="Mended")))
    assert await parked(at_work) == []
    assert await found(at_work) == {"forum:1"}
    assert at_work.index.documents["forum:1"].title == "Mended"


async def test_an_old_poisoned_message_does_not_hide_what_is_newer(at_work: Forums, speaker: Speaker) -> None:
    old = spoiled(speaker.says(ForumAnnounced(id="1", title="Old")))
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="New")))
    outcome = await at_work.takes(old)
    assert outcome.offsets == {old.partition: old.offset + 1}
    assert await parked(at_work) == []
    assert await found(at_work) == {"forum:1"}


async def test_a_state_of_before_does_not_come_back_while_the_newest_is_parked(
    at_work: Forums, speaker: Speaker
) -> None:
    first = speaker.says(ForumAnnounced(id="1", title="One"))
    await at_work.takes(first)
    await at_work.takes(spoiled(speaker.says(ForumAnnounced(id="1", title="Poison"))))
    await at_work.takes(speaker.again(first))
    assert await found(at_work) == set()


async def test_a_message_without_a_readable_age_hides_and_is_superseded(at_work: Forums, speaker: Speaker) -> None:
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="One")))
    await at_work.takes(with_header(speaker.says(ForumAnnounced(id="1", title="?")), "ordinal", "many"))
    assert await found(at_work) == set()
    assert len(await parked(at_work)) == 1
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="Three")))
    assert await parked(at_work) == []
    assert await found(at_work) == {"forum:1"}


class Refusing:
    """The projection's reaction to forums, until it is mended: refuses titles that hold a word."""

    def __init__(self, error: type[Exception]) -> None:
        self.mended = False
        self._error = error
        self.tries = 0
        (of_forums,) = (state for state in PROJECTION.reactions.states if state.topic == FORUMS)
        others = tuple(state for state in PROJECTION.reactions.states if state.topic != FORUMS)
        self.reactions = Reactions(PROJECTION.name, (StateReaction(FORUMS, self._apply, of_forums.hide), *others))

    async def _apply(self, session: Any, messages: Sequence[Incoming]) -> None:
        for message in messages:
            if not self.mended and "refuse" in getattr(message.contract, "title", ""):
                self.tries += 1
                raise self._error("not this one")
        await PROJECTION.apply(session, messages)


async def test_a_parked_message_is_applied_when_what_refused_it_is_mended(at_work: Forums, speaker: Speaker) -> None:
    refusing = Refusing(RuntimeError)
    applier = Applier(at_work.database, refusing.reactions, "the log")
    await applier.apply(
        [
            speaker.says(ForumAnnounced(id="1", title="refuse me")),
            speaker.says(SessionPlanned(id="s", title="Below it", forum="1")),
        ]
    )
    assert await found(at_work) == set()
    (one,) = await parked(at_work)
    with pytest.raises(parking.NotRetried, match="RuntimeError"):
        await retry(at_work, one.id, refusing.reactions)
    refusing.mended = True
    await retry(at_work, one.id, refusing.reactions)
    assert await parked(at_work) == []
    assert await found(at_work) == {"forum:1", "session:s"}
    with pytest.raises(parking.NotRetried, match="no parked message"):
        await retry(at_work, one.id, refusing.reactions)


async def test_a_parked_message_that_is_not_the_newest_any_more_is_forgotten(at_work: Forums, speaker: Speaker) -> None:
    refusing = Refusing(RuntimeError)
    applier = Applier(at_work.database, refusing.reactions, "the log")
    await applier.apply([speaker.says(ForumAnnounced(id="1", title="refuse the first"))])
    await applier.apply([speaker.says(ForumAnnounced(id="1", title="refuse the second"))])
    first, second = await parked(at_work)
    refusing.mended = True
    await retry(at_work, first.id, refusing.reactions)
    assert await found(at_work) == set()
    await retry(at_work, second.id, refusing.reactions)
    assert await parked(at_work) == []
    assert await found(at_work) == {"forum:1"}
    assert at_work.index.documents["forum:1"].title == "refuse the second"


async def test_what_may_succeed_later_is_tried_again_and_parked_in_the_end(at_work: Forums, speaker: Speaker) -> None:
    refusing = Refusing(TransientFailure)
    applier = Applier(at_work.database, refusing.reactions, "the log")
    batch = [
        speaker.says(ForumAnnounced(id="0", title="Before")),
        speaker.says(ForumAnnounced(id="1", title="refuse")),
        speaker.says(ForumAnnounced(id="2", title="After")),
        speaker.says(SpeakerNamed(id="z", title="On another partition")),
    ]
    for _ in range(ATTEMPTS - 1):
        outcome = await applier.apply(batch)
        assert outcome.stops[batch[1].partition].offset == batch[1].offset
        assert not outcome.stops[batch[1].partition].for_ever
        assert batch[3].partition in outcome.offsets, "the other partition goes on"
        assert await found(at_work) == {"forum:0"}
        assert await parked(at_work) == []
    outcome = await applier.apply(batch)
    assert not outcome.stops
    assert [one.received.key for one in await parked(at_work)] == ["1"]
    assert await found(at_work) == {"forum:0", "forum:2"}


async def test_an_unknown_version_stops_its_partition_only(at_work: Forums, speaker: Speaker) -> None:
    known = speaker.says(ForumAnnounced(id="0", title="Known"))
    future = with_header(
        speaker.says(ForumAnnounced(id="1", title="?")), "ce_dataschema", "urn:demain.tests.ForumAnnounced:v2"
    )
    after = speaker.says(ForumAnnounced(id="2", title="After"))
    outcome = await at_work.takes(known, future, after, speaker.says(SpeakerNamed(id="z", title="Zoé")))
    stop = outcome.stops[future.partition]
    assert (stop.offset, stop.for_ever) == (future.offset, True)
    assert "version 2" in stop.why
    assert outcome.offsets == {future.partition: future.offset, Partition("demain.tests.speakers", 0): 1}
    assert await found(at_work) == {"forum:0"}
    assert await parked(at_work) == []


async def test_what_comes_before_an_unknown_version_is_applied_also_record_by_record(
    at_work: Forums, speaker: Speaker
) -> None:
    known = speaker.says(ForumAnnounced(id="0", title="Known"))
    poison = spoiled(speaker.says(ForumAnnounced(id="1", title="Poison")))
    future = with_header(
        speaker.says(ForumAnnounced(id="2", title="?")), "ce_dataschema", "urn:demain.tests.ForumAnnounced:v2"
    )
    outcome = await at_work.takes(known, poison, future)
    assert outcome.stops[future.partition].offset == future.offset
    assert outcome.offsets == {future.partition: future.offset}
    assert await found(at_work) == {"forum:0"}
    assert [one.received.key for one in await parked(at_work)] == ["1"]


@pytest.mark.parametrize("value", [b"\xff", b"\x00"])
@pytest.mark.parametrize("name", ["traceparent", "ce_id"])
async def test_a_header_nobody_can_read_does_not_keep_a_message_from_being_parked(
    at_work: Forums, speaker: Speaker, name: str, value: bytes
) -> None:
    bad = spoiled(speaker.says(ForumAnnounced(id="1", title="Poison")))
    bad = replace(bad, headers=(*((n, v) for n, v in bad.headers if n != name), (name, value)))
    outcome = await at_work.takes(bad)
    assert not outcome.stops
    assert [one.received.key for one in await parked(at_work)] == ["1"]


async def test_a_newer_epoch_wins_with_a_lower_ordinal_and_an_older_one_loses(
    at_work: Forums, speaker: Speaker
) -> None:
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="Of before"), epoch=1, ordinal=90))
    await at_work.takes(speaker.says(ForumCancelled(id="1"), epoch=2, ordinal=3))
    assert await found(at_work) == set()
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="Late"), epoch=1, ordinal=91))
    assert await found(at_work) == set()
    await at_work.takes(speaker.says(ForumAnnounced(id="1", title="Of now"), epoch=2, ordinal=4))
    assert await found(at_work) == {"forum:1"}


# The same through the log: what pauses, what shows, what goes on.


@pytest.fixture
async def log(server: TestServer) -> AsyncIterator[PostgresLog]:
    one = PostgresLog((await server.empty("log")).dsn)
    await one.create_topics(picture.topic for picture in PROJECTION.pictures)
    yield one
    await one.close()


async def append(log: PostgresLog, *records: Received) -> None:
    writer = log.writer("tests")
    await writer.open()
    try:
        await writer.append([Record(one.partition.topic, one.key, one.value, one.headers) for one in records])
    finally:
        await writer.close()


async def test_a_paused_partition_shows_and_goes_on_when_it_can(
    at_work: Forums, speaker: Speaker, log: PostgresLog
) -> None:
    refusing = Refusing(TransientFailure)
    consumer = Consumer(at_work.database, log, refusing.reactions, alone=True, poll=0.02, backoff=0.02)
    running = asyncio.create_task(consumer.run())
    try:
        await append(
            log,
            speaker.says(ForumAnnounced(id="1", title="refuse")),
            speaker.says(ForumAnnounced(id="2", title="After")),
            speaker.says(SpeakerNamed(id="z", title="Zoé")),
        )
        await eventually(lambda: refusing.tries >= 2)
        assert set(consumer.stopped) <= {Partition(FORUMS.name, 0)}
        await eventually(lambda: "not this one" in consumer.stopped.get(Partition(FORUMS.name, 0), ""))

        async def known() -> set[str]:
            return set(str(await at_work.scalar("SELECT coalesce(string_agg(id, ' '), '') FROM document")).split())

        assert await known() == {"speaker:z"}
        refusing.mended = True

        async def caught_up() -> bool:
            return await known() == {"speaker:z", "forum:1", "forum:2"}

        assert await eventually(caught_up) is True
        await eventually(lambda: not consumer.stopped)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_unknown_version_shows_and_the_others_go_on(
    at_work: Forums, speaker: Speaker, log: PostgresLog
) -> None:
    consumer = Consumer(at_work.database, log, PROJECTION.reactions, alone=True, poll=0.02, backoff=0.02)
    running = asyncio.create_task(consumer.run())
    try:
        future = with_header(speaker.says(ForumAnnounced(id="1", title="?")), "ce_dataschema", "urn:demain.new:v1")
        await append(log, future, speaker.says(SpeakerNamed(id="z", title="Zoé")))
        await eventually(lambda: "demain.new" in consumer.stopped.get(Partition(FORUMS.name, 0), ""))

        async def applied() -> bool:
            return await at_work.scalar("SELECT count(*) FROM document") == 1

        assert await eventually(applied) is True
        await append(log, speaker.says(SpeakerNamed(id="y", title="Yann")))

        async def both() -> bool:
            return await at_work.scalar("SELECT count(*) FROM document") == 2

        assert await eventually(both) is True
        assert list(consumer.stopped) == [Partition(FORUMS.name, 0)]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_projection_without_a_parents_kind_is_refused() -> None:
    sessions = [picture for picture in PROJECTION.pictures if picture.topic == SESSIONS]
    with pytest.raises(ValueError, match="forum"):
        Projection("lame", sessions)
