"""``backup`` and ``restore``: what the services own, in a folder of dumps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import asyncpg
import typer
from pydantic import BaseModel, ValidationError

from services.cli.beside import need_data, service_named
from services.cli.invocation import OUT, Refused, of, telling, wait_for
from services.registry import SERVICES
from shared.runtime.service import Service
from shared.runtime.wiring import Progress, Server, Wiring
from shared.storage import dumps, migrations
from shared.storage.database import DatabaseAddress

MANIFEST = "backup.json"

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]


class Dumped(BaseModel):
    """One service's database in a backup."""

    service: str
    file: str
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds; written last, so that a folder without it is no backup."""

    format: Literal[1] = 1
    made_at: datetime
    demain: str
    databases: tuple[Dumped, ...]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(rich_help_panel="Backups")(backup)
    app.command(rich_help_panel="Backups")(restore)


def backup(
    context: typer.Context,
    folder: Folder,
    service: Annotated[list[str] | None, typer.Option(help="Only this service's database; may be repeated.")] = None,
) -> None:
    """Write what the services own to a new folder, while they run or not.

    A dump for each service's database, consistent in itself. Not the log and not search's picture: both are made again
    from what the services own. It holds addresses and password hashes: only its owner can read it.
    """
    invocation = of(context)
    chosen = [service_named(name) for name in service] if service else owners()

    async def work() -> Manifest:
        need_data(invocation)
        invocation.log_beside()
        wiring = Wiring(invocation.settings, SERVICES)
        _make_folder(folder)
        with telling() as tell:
            async with wiring.server_beside(tell) as server:
                return await _back_up(wiring, server, chosen, folder, tell)

    manifest = wait_for(work())
    size = sum(one.bytes for one in manifest.databases)
    OUT.print(f"Backed up {len(manifest.databases)} database(s), {size:,} bytes, to {folder}.", markup=False)


def owners() -> list[Service]:
    """The services whose databases hold what nobody else does."""
    return [service for service in SERVICES if service.projection is None]


async def _back_up(
    wiring: Wiring, server: Server, services: Sequence[Service], folder: Path, tell: Progress
) -> Manifest:
    made_at, done = datetime.now(UTC), []
    for service in services:
        address, file = wiring.address(server, service.name), folder / f"{service.name}.dump"
        tell(f"Dumping {address.name}")
        file.touch(mode=0o600)
        await dumps.dump(wiring.postgres_tools, address, file)
        done.append(Dumped(service=service.name, file=file.name, bytes=file.stat().st_size, sha256=_digest(file)))
    manifest = Manifest(made_at=made_at, demain=version("demain"), databases=tuple(done))
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused(f"{folder} is not empty: a backup needs a folder of its own.")
    except OSError as error:
        raise Refused(f"{folder} cannot be written by this user ({error.strerror}): name another folder.") from error


def restore(
    context: typer.Context,
    folder: Folder,
    service: Annotated[list[str] | None, typer.Option(help="Only this service's database; may be repeated.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a database that is there.")
    ] = False,
) -> None:
    """Bring back what a backup holds, here or elsewhere. The services must not run.

    The next start notices that the databases are others than before: a new epoch begins, all states are told again,
    and what others know and the backup does not hold is told as gone.
    """
    invocation = of(context)

    async def work() -> list[str]:
        manifest = read_manifest(folder)
        chosen = _chosen(manifest, folder, service)
        with ExitStack() as stack, telling() as tell:
            wiring = Wiring(invocation.settings, SERVICES)
            if wiring.embeds_database:
                stack.enter_context(invocation.folder.claim())
                invocation.folder.begin(sample=False)
            invocation.log_beside()
            for one in chosen:
                _check(folder, one)
            async with wiring.server(tell) as server:
                for one in chosen:
                    await _bring_back(wiring, server, one, folder, replace=replace, tell=tell)
        return [one.service for one in chosen]

    names = wait_for(work())
    OUT.print(f"Restored {', '.join(names)}. The next start tells all their states again.", markup=False)


def read_manifest(folder: Path) -> Manifest:
    """What a backup says it holds. Raises Refused."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{folder} is no whole backup: {MANIFEST} cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        raise Refused(f"{folder / MANIFEST} is not what this version writes: restore with the one that did.") from error


def _chosen(manifest: Manifest, folder: Path, names: Sequence[str] | None) -> list[Dumped]:
    held = {one.service: one for one in manifest.databases}
    wanted = [service_named(name).name for name in names] if names else list(held)
    if missing := [name for name in wanted if name not in held]:
        raise Refused(f"{folder} holds nothing of {', '.join(missing)}; it holds {', '.join(held)}.")
    return [held[name] for name in wanted]


def _check(folder: Path, one: Dumped) -> None:
    file = folder / one.file
    try:
        whole = file.parent == folder and _digest(file) == one.sha256
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}): the backup is not whole.") from error
    if not whole:
        raise Refused(f"{file} is not what was backed up: its checksum differs. Take another copy of the backup.")


async def _bring_back(
    wiring: Wiring, server: Server, one: Dumped, folder: Path, *, replace: bool, tell: Progress
) -> None:
    address = wiring.address(server, one.service)
    tell(f"Restoring {address.name}")
    if wiring.settings.database_override(one.service) is not None:
        if not await dumps.is_empty(address):
            variable = f"{one.service.upper()}_DATABASE_URL"
            raise Refused(f"The database of {variable} has tables: make an empty one and name it there.")
        await dumps.load(wiring.postgres_tools, address, folder / one.file)
        return
    maintenance = await asyncpg.connect(server.maintenance.dsn, timeout=10)
    try:
        there = await dumps.exists(maintenance, address.name)
        if there and not replace and not await dumps.is_empty(address):
            raise Refused(f"The database {address.name} has tables: --replace puts the backup in its place.")
        await _load_beside(wiring, maintenance, address, folder / one.file)
    except dumps.InUse as error:
        raise Refused(f"{one.service} is running: stop it first, then restore its database ({error}).") from error
    finally:
        await maintenance.close(timeout=5)


async def _load_beside(wiring: Wiring, maintenance: asyncpg.Connection, address: DatabaseAddress, file: Path) -> None:
    """Fill a new database, and put it in place once it is whole: a dump that does not load leaves all as it was."""
    fresh = f"{address.name}_restoring"
    await maintenance.execute(f"DROP DATABASE IF EXISTS {dumps.quoted(fresh)}")
    await migrations.create_database(maintenance, fresh)
    try:
        await dumps.load(wiring.postgres_tools, address.elsewhere(fresh), file)
        await dumps.put_in_place(maintenance, fresh, address.name)
    except BaseException:
        await maintenance.execute(f"DROP DATABASE IF EXISTS {dumps.quoted(fresh)}")
        raise


def _digest(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
