"""``run``, ``migrate``, ``sample``: the platform itself. ``serve`` has a module of its own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Annotated

import typer

from services.cli.beside import beside
from services.cli.invocation import OUT, Invocation, of, say, show_columns, telling, wait_for
from services.cli.serving import serve
from services.cli.stopping import Stopping
from services.registry import SERVICES
from shared.runtime.platform import Platform, fill_with_sample, migrate, parts, running
from shared.runtime.sample import SampleAccount


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    panel = "The platform"
    app.command(rich_help_panel=panel)(run)
    app.command(rich_help_panel=panel)(serve)
    app.command("migrate", rich_help_panel=panel)(migrate_all)
    app.command(rich_help_panel=panel)(sample)


def run(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(help="The public port, instead of DEMAIN_PORT; 0 takes a free one.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of DEMAIN_HOST.")] = None,
    sample: Annotated[
        bool | None, typer.Option("--sample/--no-sample", help="Whether an empty data folder gets sample content.")
    ] = None,
) -> None:
    """Run the whole platform on this machine until Ctrl-C.

    Everything is kept in the data folder: a second start goes on with it. An empty one is filled with sample
    content, and the sample accounts are shown. The log of what happens is in its folder logs/.
    """
    invocation = of(context)
    options = {"port": port, "host": host, "sample": sample}
    invocation.chosen |= {name: value for name, value in options.items() if value is not None}
    wait_for(_run(invocation))


async def _run(invocation: Invocation) -> None:
    began = time.monotonic()
    settings = invocation.settings
    folder = invocation.folder
    stopping = Stopping()
    try:
        with folder.claim():
            folder.begin(sample=settings.sample)
            invocation.log_of_instance()
            with telling() as tell:
                tell(f"Data folder {folder.path}")
                async with contextlib.AsyncExitStack() as stack:
                    platform = await stack.enter_async_context(running(settings, SERVICES, say=tell))
                    if platform.server.owned and settings.sample and folder.waits_for_sample:
                        tell("Filling the platform with sample content")
                        story = await fill_with_sample(platform, tell)
                        folder.keep_sample(story.accounts)
                    stopping.started()
                    url = _address(platform)
                    folder.announce(url)
                    _welcome(invocation, url, folder.sample_accounts, time.monotonic() - began)
                    tell("Running. Ctrl-C stops it.")
                    await stopping.asked.wait()
    except asyncio.CancelledError:
        if not stopping.asked.is_set():
            raise
    say("Stopped.")


def _address(platform: Platform) -> str:
    settings = platform.settings
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return settings.public_url or f"http://{host}:{platform.port}"


def _welcome(invocation: Invocation, url: str, accounts: list[SampleAccount], seconds: float) -> None:
    OUT.print()
    OUT.print(f"[bold]Demain is at[/bold] [bold cyan]{url}[/bold cyan]  [dim](after {seconds:.1f} s)[/dim]")
    if accounts:
        OUT.print()
        _show(accounts)
    OUT.print()
    OUT.print(f"Log: {invocation.log_file}", style="dim", markup=False)


def migrate_all(context: typer.Context) -> None:
    """Make the databases of all services and bring their tables up to date.

    `demain run` does this by itself; a distributed platform needs it before each new version is started.
    """
    invocation = of(context)

    async def work() -> None:
        invocation.folder.check_version()
        invocation.log_beside()
        with telling() as tell:
            async with parts(invocation.settings, SERVICES, say=tell, beside=True) as platform:
                ran = await migrate(platform.wiring, platform.server, tell)
        OUT.print(f"{len(ran)} migrations applied." if ran else "All tables are up to date.")

    wait_for(work())


def sample(context: typer.Context) -> None:
    """Fill the platform with the sample content it does not have yet, and show the sample accounts.

    `demain run` does this by itself in an empty data folder. The accounts' passwords are known to everybody:
    never do this on a platform that strangers reach.
    """
    invocation = of(context)
    folder = invocation.folder

    async def work() -> list[SampleAccount]:
        async with beside(invocation) as platform:
            story = await fill_with_sample(platform, say)
            if platform.wiring.embeds_database:
                folder.keep_sample(story.accounts)
            return story.accounts

    _show(wait_for(work()))


def _show(accounts: list[SampleAccount]) -> None:
    OUT.print("Sample accounts", style="bold")
    rows = [(one.role, one.email, one.password, one.display_name) for one in accounts]
    show_columns(("Role", "E-mail", "Password", "Name"), rows)
