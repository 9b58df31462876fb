"""The platform as anybody starts it: ``demain run`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from shared.runtime.data_folder import DataFolder
from shared.runtime.sample import SampleAccount
from tests.support.waiting import eventually

START, STOP = 90.0, 30.0
"""Seconds the start (with a new database and its sample) and the stop may take on a slow machine."""


@dataclass(frozen=True)
class Instance:
    """A running Demain with its sample content."""

    url: str
    folder: DataFolder
    output: Path
    process: subprocess.Popen[bytes]

    def account(self, role: str) -> SampleAccount:
        """The sample account that holds ``role``."""
        return next(one for one in self.folder.sample_accounts if one.role == role)

    def log_since(self, offset: int) -> str:
        """What the log has said since it was ``offset`` bytes long."""
        with (self.folder.logs / "demain.jsonl").open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    @property
    def log_size(self) -> int:
        """Length of the log, in bytes."""
        return (self.folder.logs / "demain.jsonl").stat().st_size


@asynccontextmanager
async def demain_run(folder: Path) -> AsyncIterator[Instance]:
    """Start it on a free port, wait until it is ready; stop it as Ctrl-C does and insist on a clean end."""
    data, output = DataFolder(folder / "data"), folder / "output.txt"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DEMAIN_", "KAFKA_"))}
    for mode in ("DATABASE_URL", "SMTP_URL"):
        inherited.pop(mode, None)
    with output.open("wb") as written:
        process = subprocess.Popen(  # the command of the same environment as this test
            [sys.executable, "-m", "services.cli", "--data-dir", str(data.path), "run", "--port", "0"],
            env={**inherited, "DEMAIN_DURABLE_COMMITS": "false", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:

        def address() -> str:
            assert process.poll() is None, f"`demain run` ended with {process.returncode}:\n{output.read_text()}"
            return data.announced or ""

        url = await eventually(address, deadline=START)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:

            async def is_ready() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await eventually(is_ready, deadline=START)
        yield Instance(url, data, output, process)
        process.send_signal(signal.SIGINT)
        await eventually(lambda: process.poll() is not None, deadline=STOP)
        assert process.returncode == 0, f"Ctrl-C ended it with {process.returncode}:\n{output.read_text()}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
