"""Revisions, and what changed between two texts."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef


class RevisionSummary(Answer):
    """The text as it was submitted, published or corrected."""

    number: int
    at: datetime
    occasion: str
    title: str
    reason: str | None = None
    """Of a correction: what readers are told."""
    by: PersonRef | None = None
    """Told to authors and editors only."""


class Revisions(Answer):
    """A page of revisions, newest first."""

    items: list[RevisionSummary]
    next: str | None


class Revision(RevisionSummary):
    """A revision, whole."""

    summary: str
    body: str
    body_html: str


class ComparedParagraph(Answer):
    """A paragraph of either text or of both: ``same``, ``gone``, ``new`` or ``changed``."""

    kind: str
    html: str
    """Escaped; what is gone in ``<del>``, what is new in ``<ins>``."""


class Comparison(Answer):
    """What changed between two texts."""

    title: list[ComparedParagraph]
    summary: list[ComparedParagraph]
    text: list[ComparedParagraph]


class RevisionDiff(Comparison):
    """What changed from one revision to another."""

    before: RevisionSummary
    after: RevisionSummary


class PlainText(Answer):
    """A text to be compared."""

    title: str
    summary: str
    body: str
