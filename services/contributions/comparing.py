"""Two texts of a contribution compared, as they are answered. CPU work: call it in the pool."""

from __future__ import annotations

from typing import Protocol

from services.contributions.comparison import compare, marked
from services.contributions.rendering import render
from services.contributions.schemas.revisions import ComparedOut, ComparisonOut, TextIn


class Text(Protocol):
    """What is compared of a contribution."""

    title: str
    summary: str
    text: str
    """The body without markup."""


class Plain:
    """A text that was sent, read as it would be kept."""

    def __init__(self, sent: TextIn) -> None:
        self.title = sent.title
        self.summary = sent.summary
        self.text = render(sent.body).text


def compared(before: Text, after: Text) -> ComparisonOut:
    """What changed in title, summary and text."""
    return ComparisonOut(
        title=_marked(before.title, after.title),
        summary=_marked(before.summary, after.summary),
        text=_marked(before.text, after.text),
    )


def compared_as_sent(before: TextIn, after: TextIn) -> ComparisonOut:
    """The same of two texts that were sent."""
    return compared(Plain(before), Plain(after))


def _marked(before: str, after: str) -> list[ComparedOut]:
    # An empty text has one empty paragraph, which nobody needs to see go or come.
    return [ComparedOut(kind=one.kind, html=marked(one)) for one in compare(before, after) if str(one)]
