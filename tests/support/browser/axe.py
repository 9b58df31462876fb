"""Asks axe-core what is wrong with a page: all its rules, those of WCAG 2.2 and best practice included."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from playwright.async_api import Page

COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that look at colours: between a light and a dark page nothing else differs."""

_RUN = """async (only) => {
  const found = await axe.run(document, {
    resultTypes: ["violations"],
    ...(only ? { runOnly: { type: "rule", values: only } } : { rules: { "target-size": { enabled: true } } }),
  });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} (${node.any.concat(node.all, node.none)
      .map((check) => check.message).join("; ")})`));
}"""


PATIENCE = 60.0
"""Seconds axe may take, many times what it needs."""


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page, only: Sequence[str] | None = None) -> list[str]:
    """Each as rule, element and reason, of all rules or ``only`` some.

    What is evaluated comes from the test, so the page's CSP stays in force. Axe waits by timers, which never fire where
    Playwright forbids scripts (``java_script_enabled=False``): there it cannot answer. Raises TimeoutError.
    """
    await page.wait_for_load_state("load")
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_source())
    found: list[str] = await asyncio.wait_for(page.evaluate(_RUN, only), PATIENCE)
    return found
