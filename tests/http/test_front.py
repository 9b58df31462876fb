"""The public port: the probes anybody may ask, and the paths of programs."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from shared.runtime import front
from shared.runtime.front import Front
from shared.runtime.health import Condition, Part
from shared.runtime.metrics import Metrics


class Parts:
    """How the parts are, and how often somebody looked."""

    def __init__(self) -> None:
        self.looks = 0
        self.condition = Condition.WELL
        self.go_on = asyncio.Event()

    async def look(self) -> list[Part]:
        self.looks += 1
        await self.go_on.wait()
        return [Part("database", self.condition)]


def _asking(parts: Parts) -> httpx.AsyncClient:
    app = Front({}, metrics=Metrics(), health=parts.look)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demain.test")


async def test_many_who_ask_at_once_whether_it_is_ready_share_one_look() -> None:
    parts = Parts()
    async with _asking(parts) as http:
        asking = [asyncio.create_task(http.get("/readyz")) for _ in range(50)]
        asking[0].cancel()
        parts.go_on.set()
        answers = await asyncio.gather(*asking[1:])

    assert {answer.status_code for answer in answers} == {200}
    assert parts.looks == 1


async def test_a_part_that_goes_down_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "LOOK_EVERY", 0.0)
    parts = Parts()
    parts.go_on.set()
    async with _asking(parts) as http:
        assert (await http.get("/readyz")).status_code == 200
        parts.condition = Condition.DOWN
        down = await http.get("/readyz")

    assert (down.status_code, down.json()["status"]) == (503, "down")
