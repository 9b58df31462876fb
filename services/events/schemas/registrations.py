"""Registrations over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from services.events.schemas.fields import PersonOut
from services.events.schemas.forums import ForumSummaryOut


class RegistrationState(StrEnum):
    """Whether somebody has a place."""

    REGISTERED = "registered"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class RegistrationOut(BaseModel):
    """One's own registration."""

    forum: UUID
    state: RegistrationState
    place: int | None
    """In the waiting list, from 1; null for who does not wait."""
    at: datetime
    promoted_at: datetime | None
    """When a place became free for who had waited."""


class PlacesOut(BaseModel):
    """How many places there are, and what the bearer has."""

    capacity: int | None
    taken: int
    waiting: int
    open: bool
    """Whether one can register now."""
    mine: RegistrationOut | None


class RegistrantOut(BaseModel):
    """Who comes, or waits; for the organizer."""

    person: PersonOut
    state: RegistrationState
    place: int | None
    at: datetime
    promoted_at: datetime | None


class RegistrantsOut(BaseModel):
    """A page of registrations, in the order in which people came."""

    items: list[RegistrantOut]
    next: str | None


class MineOut(BaseModel):
    """One's own registration, with its forum."""

    forum: ForumSummaryOut
    state: RegistrationState
    place: int | None
    at: datetime
    promoted_at: datetime | None


class MinesOut(BaseModel):
    """A page of one's own registrations, newest first."""

    items: list[MineOut]
    next: str | None
