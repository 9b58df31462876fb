"""Finds the browser: Chromium or Chrome of this machine, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")


async def launch(playwright: Playwright) -> Browser:
    """Start it. Skips the test where there is none; on CI that is a failure."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and Path(playwright.chromium.executable_path).exists():
        found = playwright.chromium.executable_path
    if found is None:
        why = f"no browser: none of {', '.join(NAMES)} is on the PATH, and `playwright install chromium` was not run"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    return await playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
