"""Servers with owners of their own, and what tests look at."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
import urllib.parse
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from shared.storage.embedded_postgres import (
    EmbeddedPostgres,
    ServerSettings,
)

QUICK = ServerSettings(fsync=False)


ORDINARY_UID = 54321  # has no name and no rights on this machine


ROOT = os.geteuid() == 0


as_root = pytest.mark.skipif(not ROOT, reason="only root starts the server under another account")


Server = Callable[..., EmbeddedPostgres]


class Owner:
    """A ``postgres_owner.py`` process."""

    def __init__(self, folder: Path, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("postgres_owner.py")), str(folder)]
            + ([str(uid)] if uid is not None else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[3]), *sys.path))},
        )

    async def says(self) -> tuple[str, str]:
        """The next thing it says: its first word, and the rest."""
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        first, _, rest = line.strip().partition(" ")
        return first, rest

    async def url(self) -> str:
        first, rest = await self.says()
        assert first == "URL", rest
        return rest

    async def kill(self) -> None:
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    async def finish(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert (await self.says())[0] == "STOPPED"
        assert await asyncio.to_thread(self.process.wait) == 0

    def watchdog(self) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        (watchdog,) = [child for child in children if "demain-postgres-watchdog" in child.cmdline()]
        return watchdog


async def run(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def socket_folder(url: str) -> Path:
    return Path(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["host"][0])


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def postmaster_pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])


def as_owner_of(cluster: Path) -> dict[str, int]:
    """Whose processes PostgreSQL takes for its own: those of the account it runs under."""
    owner = cluster.stat()
    return {"user": owner.st_uid, "group": owner.st_gid} if ROOT else {}


def write_stale_pid_file(cluster: Path, pid: int, left: str) -> None:
    (cluster / "postmaster.pid").write_text(f"{pid}\n" + left.split("\n", 1)[1])
    shutil.chown(cluster / "postmaster.pid", cluster.stat().st_uid, cluster.stat().st_gid)


async def left_by_a_crash(one: EmbeddedPostgres, cluster: Path) -> str:
    await one.start()
    left = (cluster / "postmaster.pid").read_text()
    await one.stop()
    return left


def nobody() -> object:
    import pwd

    from shared.storage.embedded_postgres.account import Account

    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)
