"""A duty is lost with its heartbeat, whatever stopped it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.runtime import logging
from shared.storage import locks
from shared.storage.locks import Duty, duty
from tests.messaging.bulletin.service import SERVICE
from tests.support.postgres import TestServer
from tests.support.waiting import eventually


@pytest.mark.parametrize("error", [OSError("the network"), RuntimeError("something nobody thought of")])
async def test_a_heart_that_stops_loses_the_duty(
    server: TestServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    logging.set_up(format="console", level="error")
    monkeypatch.setattr(locks, "HEARTBEAT", 0.02)

    async def stop(*_: Any) -> None:
        raise error

    async with server.database(SERVICE) as database, duty(database, "test") as held:
        await asyncio.sleep(0)
        assert not held.lost.is_set()
        monkeypatch.setattr(held, "_connection", type("Broken", (), {"execute": stop})())
        await eventually(held.lost.is_set)


async def test_a_heart_that_beats_keeps_it(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "HEARTBEAT", 0.02)
    beats = 0

    class Counting:
        async def execute(self, _: str) -> None:
            nonlocal beats
            beats += 1

    held = Duty(Counting())
    heart = asyncio.create_task(held._beat())
    await eventually(lambda: beats >= 3)
    assert not held.lost.is_set()
    heart.cancel()
    await asyncio.gather(heart, return_exceptions=True)
