"""``doctor``: looks at every part, says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.markup import escape

from services.cli.invocation import OUT, Refused, of, wait_for
from services.cli.looking import Finding, around, inside
from shared.runtime.health import Condition

_MARKS = {Condition.WELL: "[green]✓[/green]", Condition.DEGRADED: "[yellow]![/yellow]", Condition.DOWN: "[red]✗[/red]"}


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(rich_help_panel="The platform")(doctor)


def doctor(context: typer.Context) -> None:
    """Look at every part of the platform, and say what is wrong and how to mend it.

    Looks at Python, the data folder, the disk, the port, PostgreSQL, tables, clocks, the log, the search index,
    outboxes and what was set aside. Works beside a running instance and without one; changes nothing. The exit
    code is 1 if anything is wrong.
    """
    invocation = of(context)
    invocation.log_beside()

    async def work() -> list[Finding]:
        found = around(invocation)
        _show(found)
        deeper = await inside(invocation)
        _show(deeper)
        return found + deeper

    found = wait_for(work())
    wrong = [one for one in found if one.condition is Condition.DOWN]
    doubtful = [one for one in found if one.condition is Condition.DEGRADED]
    if wrong:
        raise Refused(f"{len(wrong)} of {len(found)} checks found something wrong: {', '.join(o.name for o in wrong)}.")
    OUT.print(
        f"All {len(found)} checks are well."
        if not doubtful
        else f"Nothing is wrong; {len(doubtful)} to keep an eye on."
    )


def _show(findings: Sequence[Finding]) -> None:
    for one in findings:
        OUT.print(f"{_MARKS[one.condition]} {escape(one.name)}  [dim]{escape(one.what)}[/dim]")
        if one.mend:
            OUT.print(f"    → {one.mend}", markup=False)
