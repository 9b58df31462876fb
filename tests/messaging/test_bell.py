"""The relay wakes up because it is rung, not because it looks every second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from shared.messaging.relay import Relay
from shared.storage import locks
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


class Beats:
    """Counts the heartbeats that PostgreSQL answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answered = 0
        execute = asyncpg.Connection.execute

        async def counting(connection: asyncpg.Connection, query: str, *args: Any, **options: Any) -> str:
            said: str = await execute(connection, query, *args, **options)
            self.answered += query == "SELECT 1"
            return said

        monkeypatch.setattr(asyncpg.Connection, "execute", counting)


async def test_a_server_that_is_slow_to_listen_costs_no_duty(
    speaker: Database, working: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heart beats while the bell's ``LISTEN`` is under way: they must not meet on one connection."""
    monkeypatch.setattr(locks, "HEARTBEAT", 1.0)
    beats, lost, listen = Beats(monkeypatch), list[str](), speaker.bell.listen
    monkeypatch.setattr(locks.log, "warning", lambda event, **more: lost.append(f"{event}: {more}"))
    gate = await speaker.connect()
    await gate.execute("SELECT pg_advisory_lock(1)")

    async def listen_slowly(connection: asyncpg.Connection) -> None:
        await connection.execute("SELECT pg_advisory_lock(1)")
        await connection.execute("SELECT pg_advisory_unlock(1)")
        await listen(connection)

    monkeypatch.setattr(speaker.bell, "listen", listen_slowly)
    try:
        async with at_work(working.run):
            await eventually(lambda: beats.answered >= 2 or lost)
            assert not lost
            assert not working.active
            await gate.execute("SELECT pg_advisory_unlock(1)")
            await eventually(lambda: working.active)
            await posted(speaker, "told")
            await relayed(speaker)
    finally:
        await gate.close()
    assert not lost
