"""What the command line does with schedules: for whoever has the database at hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.events import schedule_reading
from services.events.commands.importing import import_schedule
from services.events.schedule_reading import ScheduleRefused
from services.events.schemas.schedule import ChangeOut, ImportOut
from shared.auth.principal import Principal
from shared.http.problems import Problem
from shared.runtime.resources import Resources

__all__ = ["ChangeOut", "FileRefused", "ImportOut", "import_file"]


class FileRefused(Exception):
    """A file that was not imported; the text says why, with the place of each fault."""


async def import_file(
    resources: Resources, actor: Principal, document: Any, *, forum: UUID | None, zone: str | None, apply: bool
) -> ImportOut:
    """Import a document as the actor would in the site. Raises FileRefused."""
    try:
        read = await resources.cpu.run(schedule_reading.read, document, zone)
        async with resources.database.transaction() as session:
            return await import_schedule(session, actor, read, into=forum, apply=apply)
    except ScheduleRefused as refused:
        raise FileRefused(_lines("it is no schedule; nothing was changed.", refused.faults)) from refused
    except Problem as problem:
        faults = [*problem.errors, *map(_conflict, problem.extra.get("conflicts", ()))]
        raise FileRefused(_lines(problem.detail or problem.kind.title, faults)) from problem


def _conflict(conflict: dict[str, Any]) -> tuple[str, str]:
    sessions = " and ".join(f"{one['title']!r} ({one['begins_at']}, {one['guid']})" for one in conflict["sessions"])
    return conflict["room"]["name"], f"is booked twice: {sessions}"


def _lines(first: str, faults: list[tuple[str, str]]) -> str:
    return "\n".join([first, *(f"  {where or '/'}: {what}" for where, what in faults)])
