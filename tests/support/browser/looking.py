"""Looking at a page: on a phone and on a wide screen, light and dark, axe finds nothing and nothing sticks out.

``DEMAIN_SHOTS=folder`` keeps a picture of each, to be looked at by people.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from tests.support.browser import axe

WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOTS = os.environ.get("DEMAIN_SHOTS")


async def looks(page: Page, name: str) -> list[str]:
    """What is wrong with how it looks; empty if nothing is.

    Light and dark differ in colours alone (`tests/architecture/test_stylesheets.py`), so dark is asked for those.
    """
    trouble: list[str] = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900 if width > 500 else 844})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            rules = None if scheme == "light" else axe.COLOURS
            trouble += [f"{width} {scheme}: {one}" for one in await axe.violations(page, rules)]
            if SHOTS:
                picture = Path(SHOTS) / f"{name}-{width}-{scheme}.png"
                await page.screenshot(path=picture, full_page=True)
        if (excess := await page.evaluate(TOO_WIDE)) > 0:
            trouble.append(f"{width}: {excess} px too wide")
    return trouble
