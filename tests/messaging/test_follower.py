"""A follower hears everything, whatever goes away meanwhile, and says when it could not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from shared.messaging.envelope import Incoming
from shared.messaging.follower import Follower, Start
from shared.messaging.log import Log, Record
from shared.messaging.relay import Relay
from shared.storage.database import Database
from tests.conformance.log.backends import Backend
from tests.messaging.bulletin.commands import posted
from tests.messaging.bulletin.contracts import BULLETINS, BulletinPosted
from tests.messaging.working import at_work, relayed
from tests.support.waiting import eventually


@dataclass
class Heard:
    """What a follower heard."""

    titles: list[str] = field(default_factory=list)
    gaps: int = 0

    async def hear(self, incoming: Incoming) -> None:
        assert isinstance(incoming.contract, BulletinPosted)
        self.titles.append(incoming.contract.title)

    async def missed(self) -> None:
        self.gaps += 1

    def following(self, log: Log, start: Start) -> Follower:
        return Follower(log, [BULLETINS], self.hear, start=start, missed=self.missed, poll=0.05, backoff=0.05)


async def told(speaker: Database, log: Log, *titles: str) -> None:
    """Post bulletins and see them onto the log."""
    async with at_work(Relay(speaker, log).run):
        for title in titles:
            await posted(speaker, title)
        await relayed(speaker)


async def test_from_the_beginning_all_is_heard(speaker: Database, log: Log) -> None:
    await told(speaker, log, "before")
    heard = Heard()
    follower = heard.following(log, Start.BEGINNING)
    async with at_work(follower.run):
        await eventually(lambda: follower.is_current(5) and heard.titles == ["before"])
        await told(speaker, log, "after")
        await eventually(lambda: heard.titles == ["before", "after"])
    assert follower.complaint() is None


async def test_from_the_end_only_what_is_new_is_heard(speaker: Database, log: Log) -> None:
    await told(speaker, log, "before")
    heard = Heard()
    follower = heard.following(log, Start.END)
    async with at_work(follower.run):
        await eventually(lambda: follower.is_current(5))
        await told(speaker, log, "after")
        await eventually(lambda: heard.titles)
    assert heard.titles == ["after"]


async def test_each_of_several_hears_everything(speaker: Database, log: Log) -> None:
    one, other = Heard(), Heard()
    async with at_work(one.following(log, Start.BEGINNING).run, other.following(log, Start.BEGINNING).run):
        await told(speaker, log, "for all", "for everybody")
        await eventually(lambda: one.titles == other.titles == ["for all", "for everybody"])


@pytest.mark.parametrize("start", list(Start))
async def test_an_outage_loses_nothing(speaker: Database, log: Log, backend: Backend, start: Start) -> None:
    assert backend.proxy is not None
    heard = Heard()
    follower, relay = heard.following(log, start), Relay(speaker, log)
    async with at_work(follower.run, relay.run):
        await eventually(lambda: follower.is_current(5))
        await posted(speaker, "before")
        await eventually(lambda: heard.titles == ["before"])
        await backend.proxy.cut()
        await posted(speaker, "meanwhile")
        await eventually(follower.complaint, deadline=40)
        assert not follower.is_current(0)
        await backend.proxy.restore()

        def heard_all() -> bool:
            """Once each, but where an attempt that failed stays visible."""
            titles = list(dict.fromkeys(heard.titles)) if "aborts" in backend.lacks else heard.titles
            return titles == ["before", "meanwhile"]

        await eventually(heard_all, deadline=40)
        await eventually(lambda: follower.is_current(5), deadline=40)
    assert heard.gaps == 0


async def test_another_log_in_its_place_is_noticed(
    speaker: Database, log: Log, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backend.proxy is not None
    await told(speaker, log, "kept")
    heard = Heard()
    follower = heard.following(log, Start.BEGINNING)
    async with at_work(follower.run):
        # Not only heard: until that read is over it still complains of its start, which is not the cut's complaint.
        await eventually(lambda: follower.is_current(5))
        assert heard.titles == ["kept"]

        async def another() -> str:
            return "another log"

        monkeypatch.setattr(log, "identity", another)
        await backend.proxy.cut()
        await eventually(follower.complaint, deadline=40)
        await backend.proxy.restore()
        await eventually(lambda: heard.gaps == 1 and heard.titles == ["kept", "kept"], deadline=40)


async def test_what_cannot_be_read_is_stepped_over_and_said(speaker: Database, log: Log) -> None:
    heard = Heard()
    follower = heard.following(log, Start.BEGINNING)
    writer = log.writer("somebody")
    await writer.open()
    await writer.append([Record(BULLETINS.name, "a", b"no JSON", (("epoch", b"0"), ("ordinal", b"1")))])
    await writer.close()
    async with at_work(follower.run):
        await told(speaker, log, "readable")
        await eventually(lambda: heard.titles == ["readable"])
    assert follower.unreadable == 1
    assert "could not be read" in (follower.complaint() or "")


async def test_a_topic_that_is_not_there_yet_is_waited_for(speaker: Database, backend: Backend) -> None:
    log, heard = backend.log(), Heard()
    follower = heard.following(log, Start.BEGINNING)
    try:
        async with at_work(follower.run):
            await eventually(lambda: "UnknownTopic" in (follower.complaint() or ""), deadline=40)
            await log.create_topics([BULLETINS])
            await told(speaker, log, "at last")
            await eventually(lambda: heard.titles == ["at last"], deadline=40)
    finally:
        await asyncio.shield(log.close())
