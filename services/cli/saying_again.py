"""``republish`` and ``restored``: a service says all its states again."""

from __future__ import annotations

from typing import Annotated

import asyncpg
import typer

from services.cli.beside import beside, resources_of, service_named
from services.cli.invocation import OUT, Refused, of, wait_for
from shared.messaging import lineage
from shared.messaging.relay import Relay
from shared.messaging.republish import Republished
from shared.messaging.republish import republish as say_again
from shared.runtime.platform import Platform
from shared.storage.locks import is_held

ServiceName = Annotated[str, typer.Argument(help="The service's name, such as contributions.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(rich_help_panel="Messages")(republish)
    app.command(rich_help_panel="Messages")(restored)


def republish(context: typer.Context, service: ServiceName) -> None:
    """Let a service tell the others all its states again, and what it no longer holds as gone.

    For after a lost log, a new field in a contract, or a move from embedded to distributed. Harmless at any
    time: who has the states already sees no change.
    """
    declared = service_named(service)

    async def work() -> Republished:
        async with beside(of(context)) as platform:
            return await say_again(declared, resources_of(platform, service).database, platform.log)

    _report(service, wait_for(work()))


def restored(context: typer.Context, service: ServiceName) -> None:
    """Say that a service's database was restored from a backup: a new epoch begins, and all is told again.

    A restore is noticed by itself when the database moved; after one in place (such as psql of a dump) say it
    by hand. The service must not be running meanwhile.
    """
    declared = service_named(service)

    async def work() -> Republished:
        async with beside(of(context)) as platform:
            await _refuse_while_running(platform, service)
            database = resources_of(platform, service).database
            await lineage.check(database, restored=True)
            return await say_again(declared, database, platform.log)

    _report(service, wait_for(work()))


async def _refuse_while_running(platform: Platform, service: str) -> None:
    """A running process would go on telling messages of the old epoch, which nobody would believe."""
    database = resources_of(platform, service).database
    try:
        held = await is_held(database, Relay(database, platform.log).name)
    except (OSError, asyncpg.PostgresError) as error:
        raise Refused(f"The database of {service} does not answer: {error}.") from error
    if held:
        raise Refused(f"{service} is running: stop it first, then say that its database was restored.")


def _report(service: str, said: Republished) -> None:
    OUT.print(
        f"{service} tells {said.told} states again and {said.gone} keys as gone; its relay brings them to the log as "
        "soon as it runs."
    )
