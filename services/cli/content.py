"""``import-contributions``: an archive of Markdown files becomes contributions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.beside import beside, resources_of
from services.cli.invocation import ERR, OUT, Refused, of, wait_for
from services.contributions.archive import ImportSummary, import_folder
from services.identity import naming, queries
from shared.runtime.platform import Platform

MOST_NAMED = 20
"""Unknown labels that are named, most frequent first."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("import-contributions", rich_help_panel="Content")(import_contributions)


def import_contributions(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder of Markdown files with YAML front matter.")],
    author: Annotated[
        str | None,
        typer.Option(help="E-mail address of the account they are published under; without it, the forum's own."),
    ] = None,
) -> None:
    """Publish a folder of Markdown files as contributions.

    Each file needs a title in its front matter; summary, kind, language, themes, territories and date are
    taken when they are there. Importing a folder again changes only what was changed in it. A file that can't
    be read is named and the others go on; the exit code is 1 then.
    """
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder: give the one that holds the Markdown files.")

    async def work() -> ImportSummary:
        async with beside(of(context)) as platform:
            by = await _person(platform, author) if author is not None else None
            with _bar() as bar:
                task = bar.add_task("Importing", total=None)
                return await import_folder(
                    resources_of(platform, "contributions"),
                    folder.resolve(),
                    author=by,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )

    summary = wait_for(work())
    OUT.print(
        f"{summary.total} files: {summary.created} published, {summary.changed} changed, "
        f"{summary.unchanged} unchanged, {len(summary.failed)} could not be read."
    )
    for label, times in summary.unknown_labels.most_common(MOST_NAMED):
        OUT.print(f"  unknown theme or territory: {label} ({times} times)", markup=False)
    for file, why in [*summary.failed, *summary.unlinked]:
        ERR.print(f"{file}: {why}", markup=False)
    if summary.failed:
        raise typer.Exit(1)


async def _person(platform: Platform, email: str) -> UUID:
    try:
        normal = naming.normal_email(email)
    except ValueError as error:
        raise Refused(f"--author {email!r}: {error}.") from error
    async with resources_of(platform, "identity").database.transaction() as session:
        account = await queries.by_email(session, normal)
    if account is None:
        raise Refused(f"--author {email}: nobody has an account with this address.")
    return account.id


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=OUT,
        transient=True,
    )
