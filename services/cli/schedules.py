"""``import-schedule``: a schedule.json becomes a forum, or changes one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from services.cli.beside import beside, resources_of
from services.cli.invocation import OUT, Refused, of, wait_for
from services.events.cli import ChangeOut, FileRefused, ImportOut, import_file
from services.identity.cli import UnknownAccount, principal_of

MOST_NAMED = 20
"""Sessions named of each kind of change."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("import-schedule", rich_help_panel="Content")(import_schedule)


def import_schedule(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A schedule in the CCC's format, as frab and pretalx write it.")],
    organizer: Annotated[str, typer.Option(help="E-mail address of the organizer whose forum it is, or becomes.")],
    forum: Annotated[
        UUID | None, typer.Option(help="Into which forum; without it, the organizer's with the file's acronym.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="IANA time zone, such as Europe/Paris, for a file that names none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Make a forum what a schedule.json says.

    A new forum is a draft until its organizer publishes it. Importing a file again changes only what was changed in
    it; a session that is gone from it is cancelled. A file with a fault, or with a room booked twice, is refused
    whole: each fault is named by its place in the file.
    """

    async def work() -> ImportOut:
        document = _read(file)
        async with beside(of(context)) as platform:
            try:
                actor = await principal_of(resources_of(platform, "identity"), organizer)
                resources = resources_of(platform, "events")
                return await import_file(resources, actor, document, forum=forum, zone=zone, apply=not dry_run)
            except (UnknownAccount, FileRefused) as error:
                raise Refused(f"{file}: {error}" if isinstance(error, FileRefused) else f"{error}.") from error

    _say(wait_for(work()))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Refused(f"{file} is no JSON: {error}.") from error


def _say(done: ImportOut) -> None:
    diff = done.diff
    changes = {
        "new": diff.new,
        "moved": diff.moved,
        "changed": diff.changed,
        "cancelled": diff.cancelled,
        "restored": diff.restored,
    }
    counts = ", ".join(f"{len(found)} {word}" for word, found in changes.items())
    forum = "A new forum" if done.created else f"Forum {done.forum}"
    OUT.print(f"{forum}: {counts}, {diff.unchanged} unchanged.", markup=False)
    if diff.forum and not done.created:
        OUT.print(f"  of the forum itself: {', '.join(diff.forum)}", markup=False)
    if diff.rooms:
        OUT.print(f"  new rooms: {', '.join(diff.rooms)}", markup=False)
    for word, found in changes.items():
        for one in found[:MOST_NAMED]:
            OUT.print(f"  {word}: {_named(one)}", markup=False)
        if len(found) > MOST_NAMED:
            OUT.print(f"  {word}: and {len(found) - MOST_NAMED} more", markup=False)
    OUT.print(f"It is at {done.url}" if done.applied else "Nothing was changed: this was a dry run.", markup=False)


def _named(one: ChangeOut) -> str:
    plan = one.after or one.before
    where = f" ({plan.begins_at:%Y-%m-%d %H:%M %z}, {plan.room})" if plan else ""
    return f"{one.title}{where}"
