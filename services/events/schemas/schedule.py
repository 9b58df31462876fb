"""Importing a schedule over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.events.schemas.fields import Closed, Zone


class ImportIn(Closed):
    """A schedule in the CCC's format, as the file holds it: ``{"schedule": {"version": …, "conference": …}}``."""

    document: dict[str, Any]
    apply: bool = False
    """False: say what would change, and change nothing."""
    forum: UUID | None = None
    """Into which forum; without it, the one it was exported from, or the bearer's with its acronym, or a new one."""
    zone: Zone | None = None
    """IANA zone, for a file that does not say it (``conference.time_zone_name``)."""


class PlanOut(BaseModel):
    """Where and when."""

    room: str
    begins_at: datetime
    minutes: int


class ChangeOut(BaseModel):
    """What happens to one session."""

    guid: UUID
    title: str
    before: PlanOut | None
    """null for a new one."""
    after: PlanOut | None
    """null for one that is cancelled."""
    fields: list[str]
    """What else changes."""


class DiffOut(BaseModel):
    """What a file changes in a forum. A session stands in one list; a moved one may change otherwise too."""

    new: list[ChangeOut]
    moved: list[ChangeOut]
    changed: list[ChangeOut]
    cancelled: list[ChangeOut]
    restored: list[ChangeOut]
    unchanged: int
    forum: list[str]
    """Fields of the forum that change; all of them for a new one."""
    rooms: list[str]
    """New rooms."""


class ImportOut(BaseModel):
    """What an import did, or would do."""

    applied: bool
    forum: UUID | None
    """null when it would be a new one."""
    created: bool
    """Whether the forum is new."""
    url: str | None
    diff: DiffOut
