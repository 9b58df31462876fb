"""Atom feeds (RFC 4287) of the site's lists: what a feed holds, apart from how it is written (``feed.xml``).

Ids stay what they are for ever, wherever the site moves and however a title changes: an entry's is the
``urn:uuid`` of what it is about, a feed's a ``tag`` URI (RFC 4151) of the list it follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.responses import Response

from services.web.page import Page

MEDIA_TYPE = "application/atom+xml"
_TAGGED_IN = 2026
"""The year from which the site answers for its tags (RFC 4151, section 2.1); it never changes."""
_BEGINNING = datetime(_TAGGED_IN, 1, 1, tzinfo=UTC)
"""When a feed without entries was last changed."""


@dataclass(frozen=True)
class Category:
    """What an entry is about."""

    term: str
    scheme: str
    """Full address of the list of all such categories."""
    label: str


@dataclass(frozen=True)
class Entry:
    """Something that was published."""

    uuid: str
    url: str
    """Full address."""
    language: str
    title: str
    summary: str
    published: datetime
    updated: datetime
    authors: Sequence[str]
    """Names; an entry without any has the feed's author, the forum."""
    categories: Sequence[Category] = ()


@dataclass(frozen=True)
class Feed:
    """A list as a feed. Paths are the site's, with their language."""

    title: str
    list_path: str
    """Where people read the same list."""
    path: str
    next_path: str | None = None
    """The entries after these (RFC 5005, section 3)."""
    entries: Sequence[Entry] = field(default_factory=tuple)

    @property
    def updated(self) -> datetime:
        """When the newest change of an entry was."""
        return max((one.updated for one in self.entries), default=_BEGINNING)


async def answer(page: Page, feed: Feed) -> Response:
    """A feed for everybody alike; 304 to who has it already."""
    host = urlsplit(page.absolute("/")).hostname or "localhost"
    text = page.site.templates.get_template("feed.xml").render(
        page=page, feed=feed, id=f"tag:{host},{_TAGGED_IN}:{feed.list_path}"
    )
    return page.send(text.encode(), f"{MEDIA_TYPE}; charset=utf-8")
