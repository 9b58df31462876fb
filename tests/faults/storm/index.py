"""What keeps the index of the platform under test: a folder, or Meilisearch in a process of ours, behind a proxy."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from services.search.service import SERVICE as SEARCH
from shared.search_index.meilisearch.keys import make_keys
from shared.settings import Settings
from tests.faults.storm.small_disk import SmallDisk
from tests.support.meilisearch import answers
from tests.support.ports import free_port
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

VARIABLE = "DEMAIN_TEST_MEILI"
"""Names the program of a Meilisearch: the index is on one then, which can be killed and lose its data."""

PATIENCE = 90.0
"""Seconds a start may take."""


class IndexKeeper:
    """The small disk of the index, and the server on it if there is one."""

    def __init__(self) -> None:
        self.program = os.environ.get(VARIABLE, "")
        self.disk = SmallDisk("index", 512 if self.program else 48)
        self.proxy = Proxy(lambda: asyncio.open_connection("127.0.0.1", self._port))
        self._port = free_port()
        self._master = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """Which one it is."""
        return "Meilisearch" if self.program else "tantivy"

    @property
    def is_no_server(self) -> str:
        """Why there is no server to take away; empty if there is one."""
        return "" if self.program else f"the index is a folder of the search process: {VARIABLE} names no Meilisearch"

    @property
    def copies(self) -> dict[str, int]:
        """Processes of search, if that changes them: a server is shared by several."""
        return {SEARCH.name: 2} if self.program else {}

    @property
    def folder(self) -> Path:
        """What the search process keeps on its disk."""
        return self.disk.folder / "data"

    async def start(self) -> None:
        """Start the server on what is there, if there is to be one."""
        if not self.program:
            return
        at_home = {name: value for name, value in os.environ.items() if not name.startswith("MEILI_")}
        with (self.disk.folder / "server.out").open("ab") as output:
            self._process = subprocess.Popen(
                [self.program, "--db-path", str(self._data), "--http-addr", f"127.0.0.1:{self._port}"],
                env={
                    **at_home,
                    "MEILI_MASTER_KEY": self._master,
                    "MEILI_ENV": "production",
                    "MEILI_NO_ANALYTICS": "true",
                    "MEILI_MAX_INDEXING_MEMORY": "200MiB",
                },
                cwd=self.disk.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        await eventually(lambda: answers(f"http://127.0.0.1:{self._port}"), deadline=PATIENCE, every=0.2)
        await self.proxy.restore()

    @property
    def is_running(self) -> bool:
        """Whether the server lives."""
        return self._process is not None and self._process.poll() is None

    async def environ(self) -> dict[str, str]:
        """How the search processes find it, with a key that opens the platform's indexes alone."""
        if not self.program:
            return {"DEMAIN_DATA_DIR": str(self.folder)}
        base = f"{Settings().meili_prefix}-{SEARCH.name}"
        worker, _ = await make_keys(f"http://127.0.0.1:{self._port}", self._master, [base])
        return {
            "DEMAIN_DATA_DIR": str(self.folder),
            "MEILI_URL": f"http://127.0.0.1:{self.proxy.port}",
            "MEILI_KEY": worker.key,
        }

    def kill(self) -> None:
        """kill -9 of the server."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def lose(self) -> None:
        """Everything that was kept is gone."""
        for kept in (self.folder, self._data):
            shutil.rmtree(kept, ignore_errors=True)

    async def end(self) -> None:
        """Stop it for good, and give its disk back."""
        if self.is_running:
            self.kill()
        await self.proxy.cut()
        self.disk.remove()

    @property
    def _data(self) -> Path:
        return self.disk.folder / "meilisearch"
