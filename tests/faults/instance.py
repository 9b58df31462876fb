"""A real platform as a process of its own, that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil

from services.registry import SERVICES
from shared.messaging import lineage
from shared.runtime.platform import Platform, parts
from shared.settings import Settings
from tests.support.ports import free_port
from tests.support.waiting import eventually


class Instance:
    """``python -m services.cli run`` on a data folder and a free port."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        """``environ`` is set for it beside what every instance of the tests has."""
        self.folder = folder
        self.environ = dict(environ or {})
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("DEMAIN_", "KAFKA_"))}
        environ.pop("DATABASE_URL", None)
        environ |= {"DEMAIN_PORT": str(self.port), "DEMAIN_DATA_DIR": str(self.folder), "DEMAIN_SAMPLE": "false"}
        environ |= {"DEMAIN_ACCESS_TOKEN_MINUTES": "60", **self.environ}
        said = self.folder.with_suffix(".out")
        with said.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "run"],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process = self._process
        async with httpx.AsyncClient(base_url=self.url) as http:

            async def ready() -> bool:
                assert process.poll() is None, said.read_text(errors="replace")
                with contextlib.suppress(httpx.TransportError):
                    return (await http.get("/readyz")).status_code == 200
                return False

            await eventually(ready, deadline=300, every=0.1)

    def kill(self, *, with_postgres: bool) -> None:
        """kill -9, at once; with or without the PostgreSQL, which runs in a session of its own."""
        assert self._process is not None
        postgres = self._postgres() if with_postgres else []
        os.killpg(self._process.pid, signal.SIGKILL)
        for one in postgres:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.wait()
        self._process = None

    async def stop(self) -> None:
        """Ctrl-C."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            await asyncio.to_thread(self._process.wait)

    def _postgres(self) -> list[psutil.Process]:
        pid_file = next(self.folder.rglob("postmaster.pid"))
        postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
        return [postmaster, *postmaster.children(recursive=True)]

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Platform]:
        """The parts of the running instance, as a command beside it has them."""
        told = {name.removeprefix("DEMAIN_").lower(): value for name, value in self.environ.items()}
        settings = Settings(data_dir=self.folder, port=self.port, **told)  # type: ignore[arg-type]  # as the environment
        async with parts(settings, SERVICES, say=lambda _: None, beside=True) as platform:
            for resources in platform.resources.values():
                await lineage.check(resources.database)
            yield platform
