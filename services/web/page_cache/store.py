"""The pages that are kept, by address, under tags; bounded in bytes, the one asked for longest ago goes first."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from services.web import clock
from services.web.page_cache.recording import Recorder, recorded_by
from shared.runtime.metrics import Metrics

LARGEST_SHARE = 8
"""A page may take one part in so many of the room."""
WITHIN = 5.0
"""Seconds in which everything on the log must have been heard, for what is kept to be shown."""
_A_TAG = 200
"""Bytes a tag of a page takes in the two tables, about."""

Header = tuple[bytes, bytes]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """A page as it was answered."""

    headers: tuple[Header, ...]
    body: bytes
    tag: bytes
    """Its entity tag."""
    route: object = field(repr=False, compare=False)
    """Of which route it is, for those who measure."""
    tags: frozenset[str] = frozenset()
    until: datetime | None = None

    @property
    def size(self) -> int:
        """Bytes it takes, about."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers) + _A_TAG * len(self.tags)


@dataclass
class Making:
    """A page being made, for which others wait."""

    made: asyncio.Future[Kept | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """The page, if it was kept: then nothing it shows was dropped since it was begun."""
    waiting: int = 0
    """How many wait."""

    def end(self, kept: Kept | None) -> None:
        """Let those who wait have it, or go and have it made for themselves; done again it changes nothing."""
        if not self.made.done():
            self.made.set_result(kept)


def etag(body: bytes) -> bytes:
    """The entity tag of a page's bytes."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'


class PageCache:
    """One per process. Everything here happens between two awaits, in the event loop."""

    def __init__(self, room: int, metrics: Metrics) -> None:
        """``room`` is in bytes; 0 keeps nothing."""
        self.room = room
        self.size = 0
        self.is_current: Callable[[float], bool] = lambda _within: False
        """Whether all that was told by now was heard; set by whoever follows the log."""
        self.making: dict[Key, Making] = {}
        """The pages being made, by address."""
        self._metrics = metrics
        self._pages: OrderedDict[Key, Kept] = OrderedDict()
        self._by_tag: defaultdict[str, set[Key]] = defaultdict(set)
        self._rendering: set[Recorder] = set()
        self._listeners: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._has_begun = False
        metrics.page_cache_bytes.set_function(lambda: self.size)
        metrics.page_cache_pages.set_function(lambda: len(self))

    def __len__(self) -> int:
        return len(self._pages)

    def addresses(self) -> tuple[Key, ...]:
        """The addresses of all pages kept, the one asked for longest ago first."""
        return tuple(self._pages)

    def until(self, key: Key) -> datetime | None:
        """When a kept page changes by itself, if it does."""
        kept = self._pages.get(key)
        return kept.until if kept is not None else None

    def hears(self) -> bool:
        """Whether it may be used: it has room, and has heard by now what was told."""
        if not self.room or not self.is_current(WITHIN):
            return False
        if not self._has_begun:
            # What others of this process keep by what they hear here, they had before it began to.
            self._has_begun = True
            self.clear()
        return True

    def whenever(self, tag: str, do: Callable[[], None]) -> None:
        """Have something else forgotten when this tag is dropped, before a page is made anew."""
        self._listeners[tag].append(do)

    def get(self, key: Key) -> Kept | None:
        """The page of an address, unless its instant has come."""
        kept = self._pages.get(key)
        if kept is None:
            return None
        if kept.until is not None and kept.until <= clock.read():
            self._remove(key, "instant")
            return None
        self._pages.move_to_end(key)
        return kept

    @contextmanager
    def recording(self) -> Iterator[Recorder]:
        """A recorder of the page made inside the block; it hears of all that is dropped until it is let go."""
        recorder = Recorder(clock.read)
        self._rendering.add(recorder)
        try:
            with recorded_by(recorder):
                yield recorder
        finally:
            self._rendering.discard(recorder)

    @contextmanager
    def making_of(self, key: Key) -> Iterator[Making]:
        """A page being made while the block runs; the first of an address is who others wait for."""
        making = Making()
        leads = self.making.setdefault(key, making) is making
        try:
            yield making
        finally:
            if leads:
                del self.making[key]
            making.end(None)

    def forget(self, recorder: Recorder) -> None:
        """Note no more for a recorder whose page will not be kept."""
        self._rendering.discard(recorder)

    def put(self, key: Key, kept: Kept) -> None:
        """Keep a page whose recorder was not overtaken, in the same step."""
        if kept.size > self.room // LARGEST_SHARE:
            return
        self._remove(key, "replaced")
        self._pages[key] = kept
        self.size += kept.size
        for tag in kept.tags:
            self._by_tag[tag].add(key)
        while self.size > self.room:
            self._remove(next(iter(self._pages)), "room")

    def drop(self, tags: Collection[str]) -> None:
        """Forget every page under any of these tags, and keep none of those being made that shows one of them."""
        for recorder in self._rendering:
            recorder.dropped.update(tags)
        self._tell(tags)
        for key in {key for tag in tags for key in self._by_tag.get(tag, ())}:
            self._remove(key, "message")

    def clear(self) -> None:
        """Forget everything."""
        for recorder in self._rendering:
            recorder.everything_dropped = True
        self._tell(tuple(self._listeners))
        for key in self.addresses():
            self._remove(key, "gap")

    def _tell(self, tags: Iterable[str]) -> None:
        for tag in tags:
            for do in self._listeners.get(tag, ()):
                do()

    def _remove(self, key: Key, why: str) -> None:
        kept = self._pages.pop(key, None)
        if kept is None:
            return
        self.size -= kept.size
        for tag in kept.tags:
            self._by_tag[tag].discard(key)
            if not self._by_tag[tag]:
                del self._by_tag[tag]
        self._metrics.page_cache_dropped.labels(why).inc()
