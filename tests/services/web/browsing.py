"""A real browser at the site."""

from __future__ import annotations

from dataclasses import dataclass

from axe_core_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, expect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
expect.set_options(timeout=20_000)  # how long a condition may take on a machine that is busy
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


@dataclass
class Visit:
    """A page open in a browser, at a site of its own."""

    page: Page
    base: str
    complaints: list[str]

    async def go(self, path: str) -> None:
        await self.page.goto(self.base + path)

    async def sign_in(self, email: str) -> None:
        await self.go("/connexion")
        await self.page.fill("#email", email)
        await self.page.fill("#password", "correct horse battery")
        await self.page.click(".account .button")
        await self.page.wait_for_url("**/mon-espace")


async def visiting(context: BrowserContext, base: str) -> Visit:
    page = await context.new_page()
    visit = Visit(page, base, [])
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            visit.complaints.append(message.text)
            if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text
            else None
        ),
    )
    return visit


async def check(visit: Visit, name: str) -> None:
    found = await Axe().run(visit.page)
    assert not [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]], name
    wider = await visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} is {wider} px too wide"
