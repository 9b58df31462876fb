"""A place for operators' work."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """Not pytest's folder, which other accounts cannot enter."""
    home = Path(tempfile.mkdtemp(prefix="demain-operations-"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)
