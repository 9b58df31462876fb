"""Partnerships, demonstrators and results, as they are answered and asked for."""

from __future__ import annotations

from datetime import date, datetime

from shared.clients.base import Answer, PersonRef
from shared.clients.partners.organizations import OrganizationRef


class DemonstratorRef(Answer):
    """A demonstrator named with its partnership."""

    id: str
    title: str
    state: str
    url: str


class Partnership(Answer):
    """A partnership, for those who are part of it."""

    id: str
    version: int
    application: str
    call: str
    call_title: str
    organization: OrganizationRef
    title: str
    partner_contact: PersonRef
    """Who answers at the organization."""
    host_contact: PersonRef
    """Who answers on the side that runs the call."""
    demonstrators: list[DemonstratorRef]
    created_at: datetime
    updated_at: datetime
    actions: list[str]
    """``edit``, ``start_demonstrator``."""


class PartnershipPage(Answer):
    """A page of partnerships."""

    items: list[Partnership]
    next: str | None


class DemonstratorSummary(Answer):
    """A demonstrator in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published`` (running), ``ended`` or ``withdrawn``."""
    language: str
    title: str
    summary: str
    place: str
    themes: list[str]
    territories: list[str]
    organization: OrganizationRef | None
    """Whose it is, if that may be seen."""
    until: date | None
    results: int
    """How many there are."""
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Demonstrator(DemonstratorSummary):
    """A demonstrator, whole."""

    tested: str
    partners: list[str]
    """Names of others who take part."""
    created_at: datetime
    ended_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    partnership: str | None
    """Told to those who are part of it, and so are the contacts."""
    partner_contact: PersonRef | None
    host_contact: PersonRef | None
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``add_result``, ``publish``, ``end``, ``withdraw``."""


class DemonstratorPage(Answer):
    """A page of demonstrators."""

    items: list[DemonstratorSummary]
    next: str | None


class Result(Answer):
    """Something a demonstrator showed, on a day; perhaps with a figure."""

    id: str
    on: date
    text: str
    measure: str | None
    value: float | None
    unit: str
    at: datetime


class Results(Answer):
    """A page of results, newest day first."""

    items: list[Result]
    next: str | None


class NewDemonstrator(Answer):
    """A demonstrator as its partners begin it."""

    partnership: str
    language: str
    title: str
    summary: str = ""
    tested: str = ""
    place: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    until: date | None = None


class NewResult(Answer):
    """What a demonstrator showed; ``measure`` and ``value`` come together or not at all."""

    on: date
    text: str
    measure: str | None = None
    value: float | None = None
    unit: str = ""
