"""Sources of a contribution."""

from __future__ import annotations

from shared.clients.base import Answer


class SourceDraft(Answer):
    """What a text rests on, as a writer names it."""

    title: str
    authors: str = ""
    year: int | None = None
    url: str = ""
    doi: str = ""


class Source(SourceDraft):
    """A source as it is kept; ``link`` is where it is read."""

    link: str | None = None
