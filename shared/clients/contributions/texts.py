"""A contribution as its reader may see it, its life, and lists of them."""

from __future__ import annotations

from datetime import date, datetime

from shared.clients.base import Answer, PersonRef


class Contribution(Answer):
    """A contribution as its reader may see it."""

    id: str
    version: int
    state: str
    kind: str
    language: str
    title: str
    summary: str
    body: str
    """Markdown."""
    body_html: str
    """Rendered and sanitized."""
    themes: list[str]
    territories: list[str]
    authors: list[PersonRef]
    reading_minutes: int
    url: str
    """Path on the site."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    actions: list[str]
    """Transitions the bearer may ask for now; ``edit`` when the text may be changed."""
    corrected_at: datetime | None = None
    """When its text last changed after publication."""
    revisions: int = 0
    """How many revisions are kept, whoever may see them."""
    publish_at: datetime | None = None
    """When a scheduled one is to be published."""
    editor: PersonRef | None = None
    """Whom its review is assigned to; told to authors and editors."""
    due_on: date | None = None


class ContributionSummary(Answer):
    """A contribution in a list."""

    id: str
    version: int
    state: str
    kind: str
    language: str
    title: str
    summary: str
    themes: list[str]
    territories: list[str]
    authors: list[PersonRef]
    reading_minutes: int
    url: str
    updated_at: datetime
    published_at: datetime | None
    publish_at: datetime | None = None
    editor: PersonRef | None = None
    due_on: date | None = None


class ContributionPage(Answer):
    """A page of a list; ``next`` is the cursor of the page after it."""

    items: list[ContributionSummary]
    next: str | None


class PublishedAddress(Answer):
    """Where a published contribution is read."""

    id: str
    url: str
    """Path on the site."""
    updated_at: datetime


class PublishedAddresses(Answer):
    """Some of them, in the order of their ids; ``next`` is the id after which more follow."""

    items: list[PublishedAddress]
    next: str | None


class AddressParts(Answer):
    """The published contributions in parts of equal size: the first id of each."""

    starts: list[str]


class PastStep(Answer):
    """A transition that happened."""

    at: datetime
    action: str
    reason: str | None = None


class History(Answer):
    """A contribution's transitions, oldest first."""

    items: list[PastStep]


class Draft(Answer):
    """What a writer writes."""

    kind: str
    language: str
    title: str
    summary: str = ""
    body: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()


class Preview(Answer):
    """Markdown as readers will see it."""

    html: str
    reading_minutes: int
