"""Light and dark: what lets tests look at a page in one of them, and at the other's colours alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "services" / "web"
ASKS = re.compile(r"prefers-color-scheme")
SAYS = re.compile(r"<meta name=\"theme-color\" .*prefers-color-scheme")


@pytest.mark.parametrize("end", ["css", "js", "html"])
def test_light_and_dark_differ_in_colours_alone(end: str) -> None:
    """``light-dark()`` holds nothing but colours; a media query or a script could change anything."""
    files = sorted(WEB.rglob(f"*.{end}"))
    assert files
    asks = [
        f"{file.relative_to(WEB)}: {line.strip()}"
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if ASKS.search(line) and not SAYS.search(line)
    ]
    assert not asks
