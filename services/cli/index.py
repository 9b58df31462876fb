"""``search rebuild`` and ``search verify``: long work on the search index, done by whoever holds it; ``search keys``:
keys for an index that is on a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from sqlalchemy import text

from services.cli.beside import beside, need_data
from services.cli.invocation import ERR, OUT, Invocation, Refused, of, telling, wait_for
from services.registry import SERVICES
from shared.projection import dirt, index_tasks
from shared.projection.index_tasks import IndexTask
from shared.runtime.platform import Platform, running
from shared.runtime.service import Service
from shared.runtime.wiring import Wiring
from shared.storage.database import Database

LOOK_EVERY = 0.2
"""Seconds between two looks at how far it has come."""
SILENCE = 20.0
"""Seconds without progress until we ask whether anybody works on it."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Look after the search index.")
    group.command()(rebuild)
    group.command()(verify)
    group.command()(keys)
    app.add_typer(group, name="search", rich_help_panel="Content")


def rebuild(
    context: typer.Context,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="Also the tables it is made of, from all that was ever told.")
    ] = False,
) -> None:
    """Build the search index again, beside the live one, and swap them when it is whole.

    Searching goes on meanwhile, on the old one. Started again after an interruption, it goes on where it stood; with
    --from-log it begins again.
    """
    for service, done in wait_for(_work(of(context), index_tasks.FROM_LOG if from_log else "rebuild")):
        made_of = "messages of the log, its tables too" if from_log else "documents"
        OUT.print(f"The index of {service.name} is built anew from {done.scanned} {made_of}.")


def verify(context: typer.Context) -> None:
    """Compare the whole search index with what it should show, and mend what differs.

    This also happens by itself once a day.
    """
    for service, done in wait_for(_work(of(context), "verify")):
        found = f"{done.differences} differences were found and mended" if done.differences else "no difference"
        OUT.print(f"The index of {service.name}, compared over {done.scanned} documents: {found}.")


def keys(
    context: typer.Context,
    master_key: Annotated[
        str,
        typer.Option(
            envvar="MEILI_MASTER_KEY",
            prompt="Master key of Meilisearch",
            hide_input=True,
            help="Meilisearch's own key.",
        ),
    ],
    renew: Annotated[bool, typer.Option("--renew", help="Make new keys; the old ones open nothing any more.")] = False,
) -> None:
    """Make the keys that Demain needs on Meilisearch (MEILI_URL): one that keeps the index, one that only searches.

    Done again it prints the same keys. The master key is needed for this alone; do not give it to any service.
    """
    made = wait_for(Wiring(of(context).settings, SERVICES).index_keys(master_key, renew=renew))
    for key in made:
        ERR.print(f"Of a process that {key.does}:")
        OUT.print(f"MEILI_KEY={key.key}", markup=False, highlight=False, soft_wrap=True)


async def _work(invocation: Invocation, kind: str) -> list[tuple[Service, IndexTask]]:
    need_data(invocation)
    done = []
    async with _somebody_at_work(invocation) as platform:
        for service in SERVICES:
            if service.projection is not None:
                database = platform.resources[service.name].database
                done.append((service, await _ask_and_wait(database, kind)))
    if not done:
        raise Refused("No service has a search index.")
    return done


@asynccontextmanager
async def _somebody_at_work(invocation: Invocation) -> AsyncIterator[Platform]:
    """Beside the running instance; without one, an instance of our own, without the public port."""
    if await Wiring(invocation.settings, SERVICES).runs_elsewhere():
        async with beside(invocation) as platform:
            yield platform
        return
    with invocation.folder.claim():
        invocation.log_beside()
        async with AsyncExitStack() as stack:
            with telling() as tell:
                platform = await stack.enter_async_context(running(invocation.settings, SERVICES, say=tell, http=False))
            yield platform


async def _ask_and_wait(database: Database, kind: str) -> IndexTask:
    async with database.transaction() as session:
        id = await index_tasks.ask(session, kind)
        documents = int((await session.execute(text("SELECT count(*) FROM document"))).scalar_one())
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=OUT,
        transient=True,
    )
    with bar:
        shown = bar.add_task(f"{kind} {database.service}", total=documents)
        moved, last = time.monotonic(), (-1, -1)
        while True:
            async with database.transaction() as session:
                task = await index_tasks.find(session, id)
                waiting = await dirt.depth(session)
            assert task is not None
            bar.update(shown, completed=task.scanned, total=max(documents, task.scanned))
            # What a comparison found is mended like any change, right after it.
            if task.finished_at is not None and (kind != "verify" or waiting == 0):
                return task
            if (task.scanned, waiting) != last:
                moved, last = time.monotonic(), (task.scanned, waiting)
            elif time.monotonic() - moved > SILENCE:
                ERR.print(f"Nothing moves for {SILENCE:.0f} s: does {database.service} run? `demain doctor` tells.")
                moved = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)
