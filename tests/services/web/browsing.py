"""A real browser at the site."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page, expect

from tests.support.browser import axe
from tests.support.browser.looking import TOO_WIDE

expect.set_options(timeout=20_000)  # how long a condition may take on a machine that is busy


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
    """The page as it stands; `looks` is for pages that stay as they are at another width."""
    found = await axe.violations(visit.page)
    assert not found, f"{name}: {found}"
    assert (wider := await visit.page.evaluate(TOO_WIDE)) <= 0, f"{name} is {wider} px too wide"
