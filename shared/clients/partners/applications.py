"""Applications and their reviews, as they are answered and asked for."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef
from shared.clients.partners.calls import CallRef
from shared.clients.partners.organizations import OrganizationRef


class Evaluation(Answer):
    """How far the reviews are; ``total`` is the mean of the submitted ones, 0 … 100."""

    assigned: int
    submitted: int
    total: float | None


class ApplicationSummary(Answer):
    """An application in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``submitted``, ``in_review``, ``accepted``, ``declined`` or ``withdrawn``."""
    next_step: str
    """``finish_before_deadline``, ``deadline_passed``, ``review_begins``, ``decision_follows``,
    ``partnership_begins`` or ``nothing``."""
    call: CallRef
    organization: OrganizationRef
    title: str
    summary: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    evaluation: Evaluation | None = None
    """Told to who runs the call."""


class Application(Answer):
    """An application, whole, as the bearer may see it."""

    id: str
    version: int
    state: str
    next_step: str
    call: CallRef
    organization: OrganizationRef
    title: str
    summary: str
    proposal: str
    testing: str
    place: str
    themes: list[str]
    territories: list[str]
    contact: PersonRef | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str | None
    partnership: str | None
    """Id of what it became."""
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``submit``, ``withdraw`` for the organization; ``review``,
    ``accept``, ``decline``, ``assign``, ``read_reviews`` for who runs the call; ``write_review`` for its reviewers;
    ``declare_conflict`` for both."""


class ApplicationPage(Answer):
    """A page of applications, the last changed first."""

    items: list[ApplicationSummary]
    next: str | None


class ApplicationCounts(Answer):
    """How many applications the bearer may read, by state; states without any are not there."""

    counts: dict[str, int]


class ApplicationStep(Answer):
    """A transition that happened. Who evaluates is named to who runs the call only."""

    at: datetime
    action: str
    before: str
    after: str
    reason: str | None
    by_applicant: bool
    by: PersonRef | None


class ApplicationHistory(Answer):
    """An application's transitions, oldest first."""

    items: list[ApplicationStep]


class Reviewer(Answer):
    """Who reviews an application."""

    person: PersonRef
    at: datetime
    conflict: str | None
    """Why they may not any more: ``own_organization``, ``declared``, ``same_mail_domain``,
    ``unknown_mail_domain``."""
    review: str | None
    """``draft``, ``submitted``, or None before they begin."""


class Reviewers(Answer):
    """The reviewers of an application, and what their reviews come to."""

    items: list[Reviewer]
    evaluation: Evaluation
    next: str | None


class Review(Answer):
    """A review."""

    id: str
    version: int
    application: str
    reviewer: PersonRef
    state: str
    """``draft`` or ``submitted``."""
    scores: dict[str, int]
    """By criterion."""
    text: str
    total: float | None
    """The weighted scores, 0 … 100; None until every criterion is scored."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    actions: list[str]
    """``edit`` and ``submit`` for its reviewer, while it is a draft."""


class Reviews(Answer):
    """A page of reviews."""

    items: list[Review]
    next: str | None


class MyReview(Answer):
    """An application that waits for the bearer's review, or has it."""

    application: ApplicationSummary
    assigned_at: datetime
    review: str | None
    """Id of the bearer's review; None before it is begun."""
    state: str | None


class MyReviews(Answer):
    """A page of what the bearer reviews."""

    items: list[MyReview]
    next: str | None


class Conflict(Answer):
    """A declared conflict of interest."""

    organization: str
    person: PersonRef
    reason: str
    at: datetime


class Conflicts(Answer):
    """A page of declared conflicts."""

    items: list[Conflict]
    next: str | None


class NewApplication(Answer):
    """A draft as an applicant begins it."""

    organization: str
    title: str = ""
    summary: str = ""
    proposal: str = ""
    testing: str = ""
    place: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    contact: str | None = None
