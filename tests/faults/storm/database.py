"""The PostgreSQL server of the platform under test: a real one, on a small disk, behind a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.parse

import asyncpg
import psutil

from shared.storage.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, ServerSettings
from tests.faults.storm.small_disk import SmallDisk
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

PATIENCE = 90.0
"""Seconds a start may take, recovery included."""


class DatabaseServer:
    """A server that can be stopped, killed and started again, whose clients always find it at one address."""

    def __init__(self) -> None:
        self.disk = SmallDisk("database", 900)
        self.proxy = Proxy(self._connect)
        self._server: EmbeddedPostgres | None = None
        self._socket = ""
        self._account = ""

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._socket)

    @property
    def url(self) -> str:
        """Where clients find it, with the password."""
        return f"postgresql://{self._account}@127.0.0.1:{self.proxy.port}/postgres"

    async def start(self) -> None:
        """Start it on what is there. Raises EmbeddedPostgresError, as on a full disk."""
        server = EmbeddedPostgres(self.disk.folder / "data", ServerSettings(max_connections=200, fsync=False))
        parts = urllib.parse.urlsplit(await server.start())
        self._server = server
        query = dict(urllib.parse.parse_qsl(parts.query))
        self._socket = f"{query['host']}/.s.PGSQL.{query['port']}"
        self._account = parts.netloc.rpartition("@")[0]
        await self.proxy.restore()

    @property
    def is_running(self) -> bool:
        """Whether its main process lives."""
        return self._server is not None and self._server.running

    async def take_room(self) -> None:
        """Have it write 20 MB to its disk, for a moment. Raises asyncpg.DiskFullError if they are not there, and what
        connecting raises.

        In a temporary table, which needs no write-ahead log: without room for that a server gives up altogether.
        """
        connection = await asyncpg.connect(self.url, timeout=10, command_timeout=30)
        try:
            await connection.execute(
                "CREATE TEMPORARY TABLE room AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)"
            )
        finally:
            await connection.close(timeout=5)

    def kill(self) -> None:
        """kill -9 of all its processes."""
        assert self._server is not None
        if self._server.pid is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(self._server.pid)
            for one in [postmaster, *postmaster.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()

    async def stop(self) -> None:
        """Stop it in order, or clean up after one that was killed."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def start_again(self) -> None:
        """Start it, however it ended; waits for its recovery."""
        await self.stop()

        async def started() -> bool:
            with contextlib.suppress(EmbeddedPostgresError):
                await self.start()
            return self._server is not None

        await eventually(started, deadline=PATIENCE, every=0.5)

    async def end(self) -> None:
        """Stop it for good."""
        await self.proxy.cut()
        await self.stop()
        self.disk.remove()
