"""What is said in a debate, told to the pages on which it is open, as it is said (server-sent events).

Each process of the site follows the log from its end and tells its streams ids, never words: a page asks for the words
as its reader may see them. A stream first tells what was said since the page was made (or since the last event its
browser saw), while what comes meanwhile waits, so that nothing is missed; a page steps over what it has already.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from services.web import clock
from services.web.errors import PageRoute
from services.web.forms import local_path
from services.web.page import CurrentPage
from services.web.sections.debates.reading import WORDS, read_argument
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.contributions import DebatesClient
from shared.contracts.debates import ARGUMENTS, ArgumentMade, ArgumentTakenDown
from shared.messaging.envelope import Incoming
from shared.messaging.follower import Follower, Start
from shared.runtime.caller import caller
from shared.runtime.resources import Resources, resources_of

router = APIRouter(route_class=PageRoute)

HEARTBEAT = 15.0
"""Seconds between two signs of life, so that nobody on the way cuts a silent connection."""
A_VISITOR = 6
"""Streams one address may have open: as many as a browser opens connections."""
ALTOGETHER = 2_000
"""Streams a process holds."""
WAITING = 100
"""Events that wait for a slow reader; with more it catches up instead."""
OVERLAP = timedelta(seconds=30)
"""What was said shortly before is told again: a command may commit after another that began later."""
NEWS = timedelta(minutes=5)
"""What was said longer ago is no news, such as when a service tells all its states again."""
AT_ONCE = 100

log = structlog.get_logger()


@dataclass(frozen=True)
class Event:
    """Something pages are told."""

    name: str
    data: dict[str, Any]
    id: str = ""

    def __str__(self) -> str:
        lines = [f"event: {self.name}", f"data: {json.dumps(self.data)}"]
        return "\n".join([*lines, f"id: {self.id}", "", ""] if self.id else [*lines, "", ""])


@dataclass(eq=False)
class Stream:
    """One open page."""

    waiting: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(WAITING))
    behind: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when events were lost to it: it has to catch up."""

    def tell(self, event: Event) -> None:
        """Have it told soon."""
        try:
            self.waiting.put_nowait(event)
        except asyncio.QueueFull:
            self.behind.set()

    async def next(self, within: float) -> Event | None:
        """The next event; None if there is none for so many seconds, or if it is behind."""
        if self.behind.is_set():
            return None
        try:
            async with asyncio.timeout(within):
                return await self.waiting.get()
        except TimeoutError:
            return None


class Hub:
    """The streams of a process."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)
        self._callers: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._callers.total()

    def is_full(self, address: str) -> bool:
        """Whether one more stream would be too many for this address, or altogether."""
        return self._callers[address] >= A_VISITOR or len(self) >= ALTOGETHER

    @contextmanager
    def open(self, debate: str, address: str) -> Iterator[Stream]:
        """A stream while the block runs."""
        stream = Stream()
        self._streams[debate].add(stream)
        self._callers[address] += 1
        try:
            yield stream
        finally:
            self._streams[debate].discard(stream)
            if not self._streams[debate]:
                del self._streams[debate]
            self._callers[address] -= 1
            if not self._callers[address]:
                del self._callers[address]

    async def hear(self, incoming: Incoming) -> None:
        """Pass on a message about an argument."""
        match incoming.contract:
            case ArgumentMade() as said if clock.now() - (said.edited_at or said.made_at) < NEWS:
                data = {"id": said.id, "answers": said.answers, "edited": said.edited_at is not None}
                for stream in tuple(self._streams.get(said.debate, ())):
                    stream.tell(Event("said", data, said.made_at.isoformat()))
            case ArgumentTakenDown(id=id):
                # Nobody tells in which debate it was: whoever shows it knows.
                for stream in [one for streams in self._streams.values() for one in streams]:
                    stream.tell(Event("gone", {"id": id}))

    async def missed(self) -> None:
        """Messages were lost: everybody catches up."""
        for stream in [one for streams in self._streams.values() for one in streams]:
            stream.behind.set()


def hub_of(resources: Resources) -> Hub:
    """The hub of this process, made when it is first asked for."""
    hub = resources.own.setdefault("debates:hub", Hub())
    assert isinstance(hub, Hub)
    return hub


def follower(resources: Resources) -> Follower:
    """The worker that hears what is said."""
    hub = hub_of(resources)
    return Follower(resources.log, [ARGUMENTS], hub.hear, start=Start.END, missed=hub.missed)


@router.get("/debats/{id:uuid}/direct")
async def stream(page: CurrentPage, request: Request, id: UUID, depuis: str = "") -> Response:
    """What is said from now on, and since ``depuis``. 429 for who has enough pages open."""
    resources = resources_of(request)
    hub, client, address = hub_of(resources), page.client(DebatesClient), caller() or "unknown"
    if hub.is_full(address):
        raise HTTPException(429, headers={"Retry-After": "60"})
    since = _instant(request.headers.get("last-event-id", "")) or _instant(depuis) or clock.now()
    # It must be there: an error is answered as one, not as a stream that ends.
    await client.recent(str(id), clock.now(), limit=1)

    async def told() -> AsyncIterator[str]:
        with hub.open(str(id), address) as opened, contextlib.suppress(ServiceDown, ServiceProblem):
            yield "retry: 3000\n\n"
            async for event in _events(client, str(id), opened, since, resources.stopping):
                yield str(event) if event is not None else ": \n\n"

    return StreamingResponse(
        told(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    client: DebatesClient, debate: str, opened: Stream, since: datetime, stopping: asyncio.Event
) -> AsyncIterator[Event | None]:
    """Events until the process stops; None now and then as a sign of life."""
    opened.behind.set()
    ending = asyncio.ensure_future(stopping.wait())
    try:
        while not stopping.is_set():
            if opened.behind.is_set():
                opened.behind.clear()
                async for missed in _since(client, debate, since):
                    since = max(since, _instant(missed.id) or since)
                    yield missed
            waiting = asyncio.ensure_future(opened.next(HEARTBEAT))
            try:
                await asyncio.wait([waiting, ending], return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    return
                event: Event | None = waiting.result()
            finally:
                waiting.cancel()
            if event is not None:
                since = max(since, _instant(event.id) or since)
            yield event
    finally:
        ending.cancel()


async def _since(client: DebatesClient, debate: str, since: datetime) -> AsyncIterator[Event]:
    """What was said since an instant, and a little before."""
    start = since - OVERLAP
    while True:
        found = (await client.recent(debate, start, limit=AT_ONCE)).items
        for one in found:
            data = {"id": one.id, "answers": one.answers, "edited": False}
            yield Event("said", data, one.made_at.isoformat())
        if len(found) < AT_ONCE or found[-1].made_at <= start:
            return
        start = found[-1].made_at


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return None
    now = clock.now()
    return min(max(found, now - timedelta(hours=12)), now)


@router.get("/debats/{debate_id:uuid}/arguments/{id:uuid}/morceau")
async def piece(page: CurrentPage, debate_id: UUID, id: UUID, retour: str = "") -> Response:
    """One argument as it stands on the page of its debate, for who has that page open."""
    token = await page.token_if_possible()
    client = page.client(DebatesClient)
    debate, spoken = await asyncio.gather(client.read(str(debate_id), token=token), read_argument(page, debate_id, id))
    back = local_path(retour, page.href(debate.url))
    return await page.render("debates/piece.html", debate=debate, argument=spoken, back=back, **WORDS)
