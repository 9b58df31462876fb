"""Streams of a debate: what is said is told once heard, nothing is missed, nothing hidden is told, and all end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.web.sections.debates import live
from services.web.sections.debates.live import Event, Hub, Stream
from shared.clients.contributions.debates import DebatesClient, Recent, Recents
from shared.contracts.debates import ArgumentMade, ArgumentTakenDown
from shared.messaging.envelope import Incoming
from tests.support.waiting import eventually

DEBATE = "01920f3c-9c3a-7e5c-9d7a-5b3f4e6d7c8b"


def said(id: str, ago: timedelta = timedelta(), debate: str = DEBATE) -> Incoming:
    """An argument was told."""
    at = datetime.now(UTC) - ago
    made = ArgumentMade(
        id=id,
        debate=debate,
        answers=None,
        position="for",
        language="fr",
        text="Des mots que personne n’envoie.",
        author="a",
        made_at=at,
        edited_at=None,
        url="/",
    )
    return Incoming(made, made.TOPIC, id, 1, 1, "", at, None)


class Owner(DebatesClient):
    """Knows what was said."""

    def __init__(self) -> None:
        super().__init__("http://nowhere.invalid")
        self.items: list[Recent] = []

    def has(self, id: str, ago: timedelta = timedelta()) -> None:
        self.items.append(Recent(id=id, answers=None, made_at=datetime.now(UTC) - ago))

    async def recent(self, debate: str, since: datetime, *, limit: int = 100) -> Recents:
        return Recents(items=[one for one in self.items if one.made_at >= since][:limit])


async def told(events: AsyncIterator[Event | None], many: int) -> list[str]:
    """The ids of the next events."""
    found: list[str] = []
    async with asyncio.timeout(10):
        async for event in events:
            if event is not None:
                found.append(event.data["id"])
            if len(found) == many:
                break
    return found


async def test_what_was_said_before_meanwhile_and_after_is_told() -> None:
    hub, owner = Hub(), Owner()
    owner.has("before", timedelta(minutes=2))
    owner.has("long before", timedelta(hours=2))
    with hub.open(DEBATE, "somebody") as stream:
        await hub.hear(said("meanwhile"))
        since = datetime.now(UTC) - timedelta(minutes=3)
        events = live._events(owner, DEBATE, stream, since, asyncio.Event())
        assert await told(events, 2) == ["before", "meanwhile"]
        await hub.hear(said("elsewhere", debate="another"))
        await hub.hear(said("no news", timedelta(hours=1)))
        await hub.hear(said("after"))
        gone = ArgumentTakenDown(id="before")
        await hub.hear(Incoming(gone, gone.TOPIC, "before", 1, 2, "", datetime.now(UTC), None))
        assert await told(events, 2) == ["after", "before"]


async def test_a_stream_that_is_too_slow_catches_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, owner = Hub(), Owner()
    with hub.open(DEBATE, "somebody") as stream:
        events = live._events(owner, DEBATE, stream, datetime.now(UTC), asyncio.Event())
        first = asyncio.ensure_future(told(events, 1))
        await eventually(lambda: not stream.behind.is_set())
        for number in range(live.WAITING + 20):
            owner.has(str(number))
            await hub.hear(said(str(number)))
        assert stream.behind.is_set()
        found = {*await first, *await told(events, live.WAITING + 20)}
        assert {str(number) for number in range(live.WAITING + 20)} <= found


async def test_messages_that_were_missed_are_caught_up_with() -> None:
    hub, owner = Hub(), Owner()
    with hub.open(DEBATE, "somebody") as stream:
        events = live._events(owner, DEBATE, stream, datetime.now(UTC), asyncio.Event())
        waiting = asyncio.ensure_future(told(events, 1))
        await eventually(lambda: not stream.behind.is_set())
        owner.has("missed")
        await hub.missed()
        await hub.hear(said("wakes it"))
        assert (await waiting)[0] in {"missed", "wakes it"}


async def test_streams_end_when_the_process_begins_to_stop() -> None:
    stopping = asyncio.Event()
    with Hub().open(DEBATE, "somebody") as stream:
        events = live._events(Owner(), DEBATE, stream, datetime.now(UTC), stopping)
        rest = asyncio.ensure_future(told(events, 1))
        await eventually(lambda: not stream.behind.is_set())
        stopping.set()
        assert await rest == []


def test_streams_are_bounded_and_forgotten() -> None:
    hub = Hub()
    opened = [hub.open(DEBATE, "somebody") for _ in range(live.A_VISITOR)]
    for one in opened:
        one.__enter__()
    assert hub.is_full("somebody") and not hub.is_full("somebody else")
    for one in opened:
        one.__exit__(None, None, None)
    assert len(hub) == 0 and not hub._streams


def test_an_event_holds_no_words_and_cannot_be_broken_by_any() -> None:
    hub_event = Event("said", {"id": "a\n\nevent: gone", "answers": None}, "2026-01-01T00:00:00+00:00")
    lines = str(hub_event).split("\n")
    assert lines[0] == "event: said" and lines[-2:] == ["", ""]
    assert json.loads(lines[1].removeprefix("data: "))["id"] == "a\n\nevent: gone"
    assert "mots" not in str(hub_event)


@pytest.mark.parametrize(
    "text", ["", "hier", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]
)
def test_an_instant_from_elsewhere_is_bounded(text: str) -> None:
    found: Any = live._instant(text)
    now = datetime.now(UTC)
    assert found is None or now - timedelta(hours=13) < found <= now


def test_a_stream_tells_at_most_so_much() -> None:
    stream = Stream()
    for number in range(live.WAITING + 1):
        stream.tell(Event("said", {"id": str(number)}))
    assert stream.behind.is_set()
