"""Somebody at a browser, and what the browser noticed meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from shared.runtime.sample import SampleAccount
from tests.journeys.mailboxes import Mailbox
from tests.journeys.words import Words

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
PATIENCE = 30_000
"""Milliseconds an element or a page may take to come."""


@dataclass
class Noticed:
    """Everything a browser asked for and complained about, to be judged at the end of a test."""

    origin: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    pages: dict[str, int] = field(default_factory=dict)
    """Status of every document, by address; the last one counts."""

    def on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def on_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.pages[response.url] = response.status

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # Chromium complains about every answer of 400 and more; for a page it is what `pages` says.
        refused = REFUSED.match(message.text)
        if refused and self.pages.get(message.location["url"]) == int(refused[1]):
            return
        self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def on_error(self, error: object) -> None:
        self.complaints.append(f"uncaught: {error}")

    def forget(self) -> None:
        """What was asked for and complained about so far is judged."""
        self.requests.clear()
        self.complaints.clear()

    @property
    def foreign(self) -> list[str]:
        """Requests that left the site."""
        return [url for url in self.requests if not url.startswith((f"{self.origin}/", "data:"))]


class Visitor:
    """One browser context (cookies and storage of its own) with one page."""

    def __init__(self, context: BrowserContext, page: Page, origin: str, words: Words, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.context = context
        self.page = page
        self.origin = origin
        self.words = words
        self.noticed = Noticed(origin)
        context.on("request", self.noticed.on_request)
        context.on("response", self.noticed.on_response)
        page.on("console", self.noticed.on_console)
        page.on("pageerror", self.noticed.on_error)

    async def open(self, path: str) -> int:
        """Go to a path of the site, which gets the language's prefix; the status."""
        path = self.words.prefix + (path if path != "/" or not self.words.prefix else "")
        response = await self.page.goto(self.origin + path, wait_until="load")
        assert response is not None
        return response.status

    def link(self, name: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        """A link by the name people see."""
        return self.page.get_by_role("link", name=name, exact=exact)

    def button(self, name: str) -> Locator:
        """A button by the name people see."""
        return self.page.get_by_role("button", name=name, exact=True)

    def heading(self, name: str) -> Locator:
        """A heading by what it says."""
        return self.page.get_by_role("heading", name=name, exact=True)

    async def sign_in(self, account: SampleAccount) -> None:
        """From the link in the masthead to being greeted."""
        await self.open("/")
        await self.link(self.words.sign_in, exact=True).click()
        await self.page.get_by_label(self.words.email).fill(account.email)
        await self.page.get_by_label(self.words.password).fill(account.password)
        await self.page.get_by_role("main").get_by_role("button", name=self.words.sign_in, exact=True).click()
        await self.page.get_by_role("status").get_by_text(self.words.signed_in).wait_for()
        await self.page.get_by_role("banner").get_by_text(account.display_name).wait_for()

    async def says(self, text: str) -> None:
        """Wait for a notice."""
        await self.page.get_by_role("status").filter(has_text=text).wait_for()

    async def path(self) -> str:
        """Where the browser is, without the origin."""
        return self.page.url.removeprefix(self.origin)
