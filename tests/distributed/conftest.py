"""Processes on servers of their own: each test brings its platform."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: sockets stop at 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="demain-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)
