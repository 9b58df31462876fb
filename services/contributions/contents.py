"""The table of contents of a text: its headings get anchors, which stay while the headings do.

Anchors are given to sanitized HTML, in which nothing else has an id; all begin alike, so that none is an id of the
page.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from shared.slugs import slug

PREFIX = "section-"
MOST_HEADINGS = 200
"""Headings that get an anchor: more would take milliseconds to list, and nobody would read the list."""

_OPENING = re.compile(r"<h([2-6])>")
_TAG = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Heading:
    """A heading, and where it is."""

    level: int
    """From 2 to 6."""
    title: str
    anchor: str


def anchored(body_html: str) -> tuple[str, list[Heading]]:
    """The same HTML with an id on each heading that says something, and the list of these."""
    found: list[Heading] = []
    taken: set[str] = set()
    pieces: list[str] = []
    end = 0
    for opening in _OPENING.finditer(body_html):
        if len(found) == MOST_HEADINGS:
            break
        closing = body_html.find(f"</h{opening[1]}>", opening.end())
        inner = _TAG.sub("", body_html[opening.end() : closing])
        title = _SPACES.sub(" ", html.unescape(inner)).strip()
        if not title:
            continue
        heading = Heading(int(opening[1]), title, _anchor(title, taken))
        found.append(heading)
        pieces += [body_html[end : opening.start()], f'<h{heading.level} id="{heading.anchor}">']
        end = opening.end()
    return "".join([*pieces, body_html[end:]]), found


def _anchor(title: str, taken: set[str]) -> str:
    name = PREFIX + slug(title, otherwise="sans-nom")
    anchor, number = name, 1
    while anchor in taken:
        number += 1
        anchor = f"{name}-{number}"
    taken.add(anchor)
    return anchor
