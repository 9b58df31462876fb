"""One process of the platform under test, that can be killed, held, and started with another clock."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.support.ports import free_port
from tests.support.waiting import eventually

PATIENCE = 180.0
"""Seconds a start may take on a machine with other work."""

FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
)
"""Where Debian's package ``faketime`` puts its library."""


def clock_library() -> str | None:
    """The library that gives a process another clock, if it is installed."""
    return next((path for path in FAKETIME if Path(path).exists()), None)


class Process:
    """A command with an HTTP port of ours. ``command`` is started with ``--port`` added."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], output: Path) -> None:
        self.name = name
        self.command = list(command)
        self.environ = dict(environ)
        self.output = output
        self.port = free_port()
        self.deaths = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def service(self) -> str:
        """Which service it runs."""
        return self.name.partition("-")[0]

    @property
    def is_running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, clock: str = "") -> None:
        """Start it; ``clock`` is how far its clock is off, like ``+3600``."""
        environ = {**self.environ, "DEMAIN_PORT": str(self.port)}
        if clock:
            library = clock_library()
            assert library is not None
            environ |= {"LD_PRELOAD": library, "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            if self._process.poll() is None:
                self.deaths += 1
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def hold(self) -> None:
        """It stands still, and does not know."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `hold`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """Ask it to end, as an upgrade does; after a minute it is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 60)
        except subprocess.TimeoutExpired:
            self.kill()

    async def answers(self) -> bool:
        """Whether it says that it lives. One that ended by itself is started again, as whoever runs it would."""
        if not self.is_running:
            self.start()
        return await self._is_ok("/healthz")

    async def ready(self) -> bool:
        """Whether it says that it can do its work."""
        return await self.answers() and await self._is_ok("/readyz")

    async def wait_until_it_answers(self) -> None:
        """Raises AssertionError with the end of its output."""
        try:
            await eventually(self.answers, deadline=PATIENCE, every=0.2)
        except AssertionError as error:
            raise AssertionError(f"{self.name} does not answer: {error}\n{self.said()}") from error

    def said(self, most: int = 2500) -> str:
        """The end of its output."""
        return self.output.read_text(errors="replace")[-most:] if self.output.exists() else ""

    async def _is_ok(self, path: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=5)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(self.url + path) as answer:
                return answer.status == 200
        return False
