"""What `demain doctor` looks at, one function a part."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import aiohttp
import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.cli.beside import need_data
from services.cli.invocation import Invocation, Refused
from services.registry import SERVICES
from shared.messaging import parking
from shared.messaging.log import LogError
from shared.projection import dirt
from shared.projection.projection import orphans
from shared.runtime.data_folder import DataFolderRefused
from shared.runtime.health import Condition, of_database
from shared.runtime.platform import Platform, parts
from shared.runtime.service import Service
from shared.runtime.wiring import CannotWork, EmbeddedPostgresError
from shared.search_index.port import IndexUnavailable, SearchIndex
from shared.storage import migrations
from shared.storage.database import Database

GIB = 1 << 30
SCARCE, TIGHT = 5 * GIB // 10, 2 * GIB
"""Bytes of free disk below which something is wrong, or soon will be."""
LATE = 60.0
"""Seconds after which a message in an outbox should have gone."""

_OUTBOX = text("SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox")


@dataclass(frozen=True)
class Finding:
    """One part, how it is, and what to do about it."""

    name: str
    condition: Condition
    what: str
    mend: str = ""


def well(name: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Condition.WELL, what)


def around(invocation: Invocation) -> list[Finding]:
    """What can be seen without touching the data: Python, folder, disk, port."""
    return [of_python(), of_folder(invocation), of_disk(invocation.folder.path), of_port(invocation)]


def of_python() -> Finding:
    """Which interpreter runs this; an older one than 3.11 would not have come this far."""
    return well("Python", f"{'.'.join(map(str, sys.version_info[:3]))}, Demain {version('demain')}")


def of_folder(invocation: Invocation) -> Finding:
    """Whether the data folder is ours to use."""
    folder = invocation.folder
    try:
        folder.check_version()
        if not folder.is_used:
            parent = next(path for path in (folder.path, *folder.path.parents) if path.exists())
            if not os.access(parent, os.W_OK | os.X_OK):
                return Finding(
                    "data folder",
                    Condition.DOWN,
                    f"{folder.path} cannot be made: {parent} is not ours to write",
                    "choose another folder with DEMAIN_DATA_DIR",
                )
            return well("data folder", f"{folder.path} is not there yet; `demain run` makes it")
        foreign = next((one for one in _own_files(folder.path) if not os.access(one, os.R_OK | os.W_OK)), None)
    except (DataFolderRefused, OSError) as error:
        return Finding("data folder", Condition.DOWN, str(error), "see the sentence above")
    if foreign is not None:
        return Finding(
            "data folder",
            Condition.DOWN,
            f"{foreign} is not ours to write",
            f"give the folder to the user who runs Demain: chown -R USER {folder.path}",
        )
    return well("data folder", str(folder.path))


def _own_files(folder: Path) -> list[Path]:
    """Everything but PostgreSQL's own, which may belong to another account."""
    top = [folder, *(one for one in folder.iterdir() if one.name != "postgresql")]
    return top + [below for one in top[1:] if one.is_dir() for below in one.rglob("*")]


def of_disk(folder: Path) -> Finding:
    """Whether there is room."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    what = f"{free / GIB:.1f} GiB free at {there}"
    if free < SCARCE:
        return Finding("disk", Condition.DOWN, what, "free some space: PostgreSQL stops when the disk is full")
    if free < TIGHT:
        return Finding("disk", Condition.DEGRADED, what, "free some space soon")
    return well("disk", what)


def of_port(invocation: Invocation) -> Finding:
    """Whether the public port is free, or ours."""
    settings = invocation.settings
    if (url := invocation.folder.announced) is not None:
        return well("port", f"an instance on this data folder answers at {url}")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            mend = "stop what uses it, or choose another one with DEMAIN_PORT"
            if error.errno == errno.EACCES:
                mend = "choose a port above 1023 with DEMAIN_PORT"
            return Finding("port", Condition.DOWN, f"{settings.host}:{settings.port}: {error.strerror}", mend)
    return well("port", f"{settings.host}:{settings.port} is free")


async def inside(invocation: Invocation) -> list[Finding]:
    """What PostgreSQL, the log and the index say, and the running instance about itself."""
    found: list[Finding] = []
    try:
        need_data(invocation)
    except (Refused, DataFolderRefused) as error:
        return [Finding("data", Condition.DEGRADED, str(error))]
    if (url := invocation.folder.announced) is not None:
        found += await of_instance(url)
    try:
        async with _parts(invocation) as platform:
            who = "started for this look" if platform.server.owned else "joined"
            connection = await asyncpg.connect(platform.server.maintenance.dsn, timeout=10)
            try:
                found.append(well("PostgreSQL", f"{await connection.fetchval('SHOW server_version')}, {who}"))
            finally:
                await connection.close(timeout=5)
            for service in platform.services:
                found += await of_service(platform, service)
            found.append(await of_log(platform))
    except (CannotWork, EmbeddedPostgresError, OSError, TimeoutError, asyncpg.PostgresError) as error:
        found.append(Finding("PostgreSQL", Condition.DOWN, str(error), "see the sentence above"))
    return found


@asynccontextmanager
async def _parts(invocation: Invocation) -> AsyncIterator[Platform]:
    async with parts(invocation.settings, SERVICES, say=lambda _: None, beside=True) as platform:
        yield platform


async def of_instance(url: str) -> list[Finding]:
    """What the running instance says about its own parts."""
    name = "instance"
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(f"{url}/readyz") as answer:
            said = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return [Finding(name, Condition.DOWN, f"{url} does not answer: {error}", "stop it (Ctrl-C) and start it again")]
    unwell = [
        Finding(f"{name}: {part['name']}", Condition(part["condition"]), part.get("why", ""), "its log says more")
        for part in said["parts"]
        if part["condition"] != Condition.WELL
    ]
    return unwell or [well(name, f"{len(said['parts'])} parts at work at {url}")]


async def of_service(platform: Platform, service: Service) -> list[Finding]:
    """Tables, clock, outbox, what was set aside, projection and index of one service."""
    database = platform.resources[service.name].database
    tables = await of_tables(database, service)
    if tables.condition is Condition.DOWN:
        return [tables]
    looks: list[Callable[[], Awaitable[Finding]]] = [
        lambda: of_clock(database),
        lambda: of_outbox(database, running=not platform.server.owned),
        lambda: of_parked(database),
    ]
    if service.projection is not None:
        looks += [lambda: of_projection(database), lambda: of_index(platform, service)]
    found = [tables]
    for look in looks:
        try:
            found.append(await look())
        except (SQLAlchemyError, OSError) as error:
            first = str(error).partition("\n")[0]
            found.append(Finding(f"{service.name}: database", Condition.DOWN, first, "its log says more"))
    return found


async def of_tables(database: Database, service: Service) -> Finding:
    """Whether the tables are those this version knows."""
    name = f"{service.name}: tables"
    try:
        lacking = await migrations.missing(database.address, service.migrations)
    except migrations.DatabaseNewer as error:
        return Finding(name, Condition.DOWN, str(error), "start the newer Demain that migrated it")
    except (OSError, TimeoutError, asyncpg.PostgresError, SQLAlchemyError) as error:
        return Finding(name, Condition.DOWN, str(error).partition("\n")[0], "see whether its server is reached")
    if lacking:
        return Finding(name, Condition.DOWN, f"{', '.join(lacking)} not applied", "run `demain migrate`")
    return well(name, f"up to date in {database.address.name}")


async def of_clock(database: Database) -> Finding:
    """Whether the database's clock is ours."""
    part = await of_database(database)
    name = f"{database.service}: clock"
    return Finding(name, part.condition, part.why or "agrees with ours", "set both clocks by NTP" if part.why else "")


async def of_outbox(database: Database, *, running: bool) -> Finding:
    """Whether messages leave."""
    name = f"{database.service}: outbox"
    async with database.transaction() as session:
        depth, age = (await session.execute(_OUTBOX)).one()
    if not depth:
        return well(name, "empty")
    what = f"{depth} messages wait, the oldest for {float(age):.0f} s"
    if not running:
        return well(name, f"{what}; the next start sends them")
    if age > LATE:
        return Finding(name, Condition.DOWN, what, f"see what /readyz and the log say about relay {database.service}")
    return well(name, what)


async def of_parked(database: Database) -> Finding:
    """Whether messages were set aside."""
    name = f"{database.service}: set aside"
    async with database.transaction() as session:
        many = await parking.count(session)
    if many:
        return Finding(
            name,
            Condition.DOWN,
            f"{many} messages could not be applied",
            "`demain parked list` shows why; mend it, then `demain parked retry`",
        )
    return well(name, "nothing")


async def of_projection(database: Database) -> Finding:
    """Whether everything shown hangs together."""
    name = f"{database.service}: documents"
    async with database.transaction() as session:
        lost, waiting = await orphans(session), await dirt.depth(session)
    if lost:
        return Finding(
            name,
            Condition.DEGRADED,
            f"{lost} wait for a parent nobody has told of",
            "if it stays so, `demain republish` the service that owns the parents",
        )
    return well(name, f"{waiting} wait to be shown" if waiting else "all shown")


async def of_index(platform: Platform, service: Service) -> Finding:
    """Whether the index can be read and is whole. One that the running instance holds alone its health tells of."""
    name = f"{service.name}: index"
    index = platform.resources[service.name].index
    if index is None:
        return Finding(name, Condition.DOWN, "there is none", "this is a mistake in the program: report it")
    if not platform.server.owned and not index.shared_by_processes:
        return well(name, "held by the running instance")
    try:
        await index.open()
        try:
            if await index.needs_rebuild():
                return Finding(name, Condition.DEGRADED, "lost or outdated", "the next start builds it again by itself")
            return well(name, f"whole, {await index.count()} documents in generation {await index.live()}")
        finally:
            await index.close()
    except IndexUnavailable as error:
        return Finding(name, Condition.DOWN, str(error), _mend_of(index))


def _mend_of(index: SearchIndex) -> str:
    if index.shared_by_processes:
        return "see whether Meilisearch runs at MEILI_URL, and what MEILI_KEY may do"
    return "free the folder, or `demain search rebuild`"


async def of_log(platform: Platform) -> Finding:
    """Whether the log answers and has the topics the services own."""
    name = "log"
    topics = [topic for service in platform.services for topic in service.topics]
    try:
        async with asyncio.timeout(15):
            await platform.log.identity()
            mismatches = await platform.log.check_topics(topics)
    except (LogError, TimeoutError) as error:
        return Finding(name, Condition.DOWN, str(error) or "did not answer in time", "see KAFKA_BOOTSTRAP_SERVERS")
    missing = [one.topic for one in mismatches if not one.what]
    if differing := [str(one) for one in mismatches if one.what]:
        return Finding(name, Condition.DOWN, "; ".join(differing), "`demain topics apply` mends what can be mended")
    if missing:
        return Finding(name, Condition.DEGRADED, f"no topic {', '.join(missing)}", "the next start makes it")
    return well(name, f"{len(topics)} topics")
