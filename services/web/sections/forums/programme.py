"""The programme of a forum as its pages need it: all sessions, by day, and what stands around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.web.page import Page
from services.web.sections.forums.grid import by_day
from shared.clients.base import PersonRef
from shared.clients.events import EventsClient, Forum, Room, SessionSummary, Speaker

LARGEST_PAGE = 500
"""Sessions asked for at a time."""
SHORT = 40
"""Sessions that still stand on the forum's own page; of more, it shows the days."""


@dataclass(frozen=True)
class Programme:
    """All sessions of a forum."""

    sessions: Sequence[SessionSummary]

    @property
    def days(self) -> Mapping[date, Sequence[SessionSummary]]:
        """By the day on which they begin."""
        return by_day(self.sessions)

    @property
    def is_short(self) -> bool:
        """Whether it may be read at one go."""
        return len(self.sessions) <= SHORT

    def of_track(self, track: str) -> Programme:
        """The sessions of one track."""
        return Programme([one for one in self.sessions if one.track == track])

    def day(self, asked: str, today: date) -> date | None:
        """The day asked for if there is one; else today if it is one, else the first; None without sessions."""
        days = list(self.days)
        wanted = next((one for one in days if one.isoformat() == asked), None)
        return wanted or (today if today in days else next(iter(days), None))


async def programme(page: Page, forum: Forum, token: str | None) -> Programme:
    """All of it. Raises as the client does."""
    client = page.client(EventsClient)
    found: list[SessionSummary] = []
    cursor: str | None = None
    while True:
        part = await client.sessions(forum.id, token=token, cursor=cursor, limit=LARGEST_PAGE)
        found += part.items
        cursor = part.next
        if cursor is None or not part.items:
            return Programme(found)


async def rooms(page: Page, forum: Forum, token: str | None) -> Sequence[Room]:
    """All rooms, in the order they are shown. Raises as the client does."""
    client = page.client(EventsClient)
    found: list[Room] = []
    cursor: str | None = None
    while True:
        part = await client.rooms(forum.id, token=token, cursor=cursor)
        found += part.items
        cursor = part.next
        if cursor is None or not part.items:
            return found


def person(speaker: Speaker) -> PersonRef | None:
    """Who has a page of their own among those who speak."""
    return None if speaker.person is None else PersonRef(id=speaker.person, name=speaker.name)
