"""What an imported schedule changes."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer


class Plan(Answer):
    """Where and when."""

    room: str
    begins_at: datetime
    minutes: int


class SessionChange(Answer):
    """What an import does to one session."""

    guid: str
    title: str
    before: Plan | None
    after: Plan | None
    fields: list[str]


class ScheduleDiff(Answer):
    """What a schedule changes in a forum."""

    new: list[SessionChange]
    moved: list[SessionChange]
    changed: list[SessionChange]
    cancelled: list[SessionChange]
    restored: list[SessionChange]
    unchanged: int
    forum: list[str]
    """Fields of the forum that change."""
    rooms: list[str]
    """New rooms."""


class ScheduleImport(Answer):
    """What an import did, or would do."""

    applied: bool
    forum: str | None
    """None when it would be a new one."""
    created: bool
    url: str | None
    diff: ScheduleDiff
