"""What a page is made of, noted while it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from pydantic import BaseModel

from services.web.page_cache import tags
from shared.clients.listening import Params, heard_by

DRIFT = timedelta(seconds=2)
"""How far the clocks of two services may be apart; readiness fails at one second. Around an instant that a service
judges, pages are made anew."""


class Recorder:
    """Hears the calls of one page, and the clock; says at the end whether the page may be kept, and under what.

    A page is refused unless everything it was made of is known: each call answered, each answer with tags.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.tags: set[str] = set()
        self.dropped: set[str] = set()
        """Tags that were dropped since it began."""
        self.everything_dropped = False
        self.query: Mapping[str, str] | None = None
        """What of the query the page obeyed; None for a page that is not to be kept."""
        self.why: str | None = None
        """Why it is not kept, if it is not."""
        self.next: datetime | None = None
        """When it changes by itself."""
        self.named: dict[str, set[str]] = {}
        """People, by id, with the names they are shown by."""
        self._waiting = 0
        self._lists: dict[str, bool] = {}
        self._needed: set[str] = set()

    # What it hears

    def asked(self, method: str, _path: str, /, *, for_somebody: bool) -> None:
        """See `shared.clients.listening`."""
        self._waiting += 1
        if method != "GET" or for_somebody:
            self.refuse("private")

    def answered(self, path: str, params: Params, answer: BaseModel) -> None:
        """Note the tags of an answer, and the instants in it that are still to come."""
        self._waiting -= 1
        said = tags.of_answer(path, params, answer)
        if said is None:
            self.refuse("untagged")
            return
        self.tags |= said.tags
        for person, name in said.people:
            self.named.setdefault(person, set()).add(name)
        for instant in said.instants:
            self.turns(instant, judged_elsewhere=True)
        if said.list is not None:
            self._lists[said.list] = said.is_whole
        self._needed |= said.needs

    def turns(self, at: datetime, *, judged_elsewhere: bool = False) -> None:
        """The page changes by itself then; near an instant that another's clock judges it is not kept."""
        now = self._now()
        margin = DRIFT if judged_elsewhere else timedelta()
        if judged_elsewhere and abs(at - now) <= margin:
            self.refuse("turning")
        elif at - margin > now:
            self.next = min(self.next or at - margin, at - margin)

    def tag(self, *named: str) -> None:
        """It shows something under these tags."""
        self.tags.update(named)

    def refuse(self, why: str) -> None:
        """It is not to be kept."""
        self.why = self.why or why

    def keep(self, query: Mapping[str, str]) -> None:
        """Its view wants it kept, under what it obeyed of the query."""
        self.query = query

    # What came of it

    def verdict(self) -> str | None:
        """Why it is not kept, now that it is made; None if it is."""
        if self.why is None and self._waiting:
            return "unanswered"
        if self.why is None and any(not self._lists.get(one, False) for one in self._needed):
            return "turning"
        return self.why

    def was_overtaken(self) -> bool:
        """Whether something it shows was dropped since it began."""
        return self.everything_dropped or not self.tags.isdisjoint(self.dropped)


_recording: ContextVar[Recorder | None] = ContextVar("recording", default=None)


def recording() -> Recorder | None:
    """The recorder of the page being made, if it may be kept."""
    return _recording.get()


@contextmanager
def recorded_by(recorder: Recorder) -> Iterator[None]:
    """Make a page whose parts this one notes."""
    token = _recording.set(recorder)
    try:
        with heard_by(recorder):
            yield
    finally:
        _recording.reset(token)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Inside the block nothing is noted: what is done there shows nowhere."""
    token = _recording.set(None)
    try:
        with heard_by(None):
            yield
    finally:
        _recording.reset(token)
