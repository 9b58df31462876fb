"""The command line as tests call it: in this process for speed, in one of its own where that is the point."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import structlog

from services.cli.entry import command_line

MODE = ("DEMAIN_", "KAFKA_", "DATABASE_", "MEILI_")
AS_NOBODY = (
    "import services.cli.commands, os; os.setgid(65534); os.setuid(65534); from services.cli import main; main()"
)
"""Everything is imported first: nobody may not be able to read the checkout."""


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def call(data: Path, *arguments: str) -> Done:
    """Call a command in this process."""
    out, err = StringIO(), StringIO()
    with _logging_kept(), redirect_stdout(out), redirect_stderr(err):
        code = command_line(["--data-dir", str(data), *arguments])
    return Done(code, out.getvalue(), err.getvalue())


@contextmanager
def _logging_kept() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(handlers):
            handler.close()
        root.handlers[:], root.level = handlers, level
        structlog.reset_defaults()


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process, without what this one is told about a platform."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(MODE)}
    return {**kept, "DEMAIN_DURABLE_COMMITS": "false", **settings}


def start(data: Path, *arguments: str, as_nobody: bool = False) -> Done:
    """Call a command in a process of its own, and wait for its end."""
    program = ["-c", AS_NOBODY] if as_nobody else ["-m", "services.cli"]
    done = subprocess.run(
        [sys.executable, *program, "--data-dir", str(data), *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
