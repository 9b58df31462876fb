"""The relay wakes up because it is rung, not because it looks every second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.messaging.relay import Relay
from shared.storage.database import Database
from tests.conformance.log.backends import PostgresBackend
from tests.messaging.bulletin.commands import posted
from tests.messaging.bulletin.contracts import BULLETINS
from tests.messaging.working import at_work, relayed, waiting_rows
from tests.support.postgres import TestServer
from tests.support.waiting import eventually


class Idle:
    """Counts how often the relay went to sleep; its poll is an hour, so that only the bell wakes it."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        wait = database.bell.wait

        async def wait_for_the_bell(_: float) -> None:
            self.times += 1
            await wait(3600)

        monkeypatch.setattr(database.bell, "wait", wait_for_the_bell)


@pytest_asyncio.fixture
async def working(server: TestServer, speaker: Database) -> AsyncIterator[Relay]:
    """A relay, not yet at work."""
    backend = PostgresBackend(server.maintenance.dsn)
    await backend.start()
    log = backend.log()
    await log.create_topics([BULLETINS])
    yield Relay(speaker, log)
    await log.close()
    assert backend.proxy is not None
    await backend.proxy.cut()


async def test_an_idle_relay_is_woken_by_a_commit_of_its_process(
    speaker: Database, working: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = Idle(speaker, monkeypatch)
    async with at_work(working.run):
        await eventually(lambda: idle.times)
        assert speaker.bell.relay_is_near
        for title in ("one", "two", "three"):
            await posted(speaker, title)
            await relayed(speaker)

    assert not speaker.bell.relay_is_near, "a relay that ended does not keep others from being notified"


async def test_an_idle_relay_is_woken_by_a_commit_of_another_process(
    speaker: Database, working: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another `Database` shares nothing with the first but the server, as another process would."""
    elsewhere = Database(speaker.service, speaker.address)
    elsewhere.epoch = 1
    idle = Idle(speaker, monkeypatch)
    try:
        async with at_work(working.run):
            await eventually(lambda: idle.times)
            for title in ("one", "two", "three"):
                await posted(elsewhere, title)
                await relayed(speaker)
            await asyncio.gather(*(posted(elsewhere, f"burst {n}") for n in range(20)))
            await relayed(speaker)
    finally:
        await elsewhere.close()


async def test_control_without_the_notification_it_sleeps_on(
    speaker: Database, working: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Database(speaker.service, speaker.address)
    elsewhere.epoch = 1
    elsewhere.bell.relay_is_near = True
    idle = Idle(speaker, monkeypatch)
    try:
        async with at_work(working.run):
            await eventually(lambda: idle.times)
            asleep = idle.times
            await posted(elsewhere, "nobody says so")
            for _ in range(50):
                assert await waiting_rows(speaker) == 1
            assert idle.times == asleep
            speaker.bell.ring()
            await relayed(speaker)
    finally:
        await elsewhere.close()
