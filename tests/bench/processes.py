"""Processes under measurement: the platform and the bare server, started as anybody would start them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START = 120.0
"""Seconds a start may take."""
STOP = 60.0


class NotStarted(Exception):
    """A process ended, or did not answer in time; the text holds the end of what it said."""


@dataclass
class Process:
    """A process that serves HTTP, and all its children."""

    port: int
    started: float
    """Instant of its start (`time.perf_counter`)."""
    _process: subprocess.Popen[bytes]
    _said: Path

    def wait_for(self, path: str) -> float:
        """Wait until ``path`` answers 200; seconds since the start. Raises NotStarted."""
        address = f"http://127.0.0.1:{self.port}{path}"
        while time.perf_counter() - self.started < START:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(address, timeout=10):
                    return time.perf_counter() - self.started
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        raise NotStarted(f"{address} does not answer:\n{self._said.read_text(errors='replace')[-2000:]}")

    def wait_until_said(self, text: str) -> None:
        """Wait until its output holds ``text``. Raises NotStarted."""
        while time.perf_counter() - self.started < START and self._process.poll() is None:
            if text in self._said.read_text(errors="replace"):
                return
            time.sleep(0.02)
        raise NotStarted(f"nothing says {text!r}:\n{self._said.read_text(errors='replace')[-2000:]}")

    def memory(self) -> float:
        """MiB of the whole tree; pages shared between processes are counted once (PSS, where the system tells)."""
        return memory_of(self._process.pid)

    def cpu(self) -> float:
        """Seconds of CPU the tree has used so far."""
        process = psutil.Process(self._process.pid)
        times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        return float(sum(one.user + one.system for one in times))

    def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does, and wait until it has."""
        self._process.terminate()
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def memory_of(pid: int) -> float:
    """MiB of a process and all its children; see `Process.memory`."""
    process = psutil.Process(pid)
    return sum(_memory(one) for one in (process, *process.children(recursive=True))) / 2**20


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", 0) or full.uss)
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def process(said: Path, port: int, module: str, arguments: Sequence[str]) -> Iterator[Process]:
    """``python -m module arguments`` while the block runs; what it says goes to the file ``said``."""
    # Settings of whoever runs the bench must not change what is measured.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DEMAIN_", "KAFKA_"))}
    environment.pop("DATABASE_URL", None)
    with said.open("wb") as output:
        started = time.perf_counter()
        running = Process(
            port,
            started,
            subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            ),
            said,
        )
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def platform(folder: Path) -> Iterator[Process]:
    """``demain run`` on a data folder: PostgreSQL waits for the disk, logs are written."""
    port = free_port()
    arguments = ["--data-dir", str(folder), "run", "--port", str(port), "--sample"]
    with process(folder.parent / "platform.out", port, "services.cli", arguments) as running:
        yield running


@contextmanager
def bare(folder: Path) -> Iterator[Process]:
    """A FastAPI app with nothing in it (`tests.bench.bare`)."""
    port = free_port()
    with process(folder / "bare.out", port, "tests.bench.bare", [str(port)]) as running:
        running.wait_for("/bytes/1")
        yield running
