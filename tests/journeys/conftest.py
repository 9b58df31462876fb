"""A browser on a real `demain run`, and people at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState, async_playwright, expect

from tests.journeys.instance import Instance, Platform, demain_run, kills_a_broker
from tests.journeys.visitor import PATIENCE, Visitor
from tests.journeys.words import FRENCH, Words
from tests.support import brokers
from tests.support.browser.chromium import launch

LARGEST_LOG = 8_000
"""Characters of the platform's log shown with a failure."""

_instance = pytest.StashKey[Platform]()
_log_began = pytest.StashKey[int]()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, asked for first: where there is none, nothing needs to be started."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        started = await launch(playwright)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demain(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """The platform with its sample, for all journeys; its log on Apache Kafka if that is asked for.

    Of three brokers one is killed in the middle of the first journey, and stays away.
    """
    async with (
        brokers.cluster() as kafka,
        demain_run(tmp_path_factory.mktemp("demain"), brokers.platform_settings(kafka)) as instance,
    ):
        if kafka is None or len(kafka.brokers) < 3:
            yield instance
            return
        killing = asyncio.create_task(kills_a_broker(instance, kafka))
        yield instance
        assert killing.done(), "no journey told anything: no broker was killed"
        killing.result()


@pytest.fixture(autouse=True)
def _log_of_the_test(request: pytest.FixtureRequest, demain: Platform) -> Iterator[None]:
    request.node.stash[_instance] = demain
    request.node.stash[_log_began] = demain.log_size
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the platform said during the test."""
    report = yield
    instance = item.stash.get(_instance, None)
    if report.failed and instance is not None:
        log = instance.log_since(item.stash[_log_began])
        report.sections.append(("Log of the platform", log[-LARGEST_LOG:]))
    return report


class Arrive(Protocol):
    """Lets somebody arrive at the site."""

    def __call__(self, role: str = "", words: Words = FRENCH, **context: Any) -> Awaitable[Visitor]:
        """Somebody new, signed in if a ``role`` is given; ``context`` is Playwright's."""
        ...


class People:
    """Those who came, with a browser context each."""

    def __init__(self, browser: Browser, demain: Platform, signed_in: dict[str, StorageState]) -> None:
        self._browser = browser
        self._demain = demain
        self._signed_in = signed_in
        self._contexts = AsyncExitStack()
        self._came: list[Visitor] = []

    async def come(self, role: str = "", words: Words = FRENCH, **context: Any) -> Visitor:
        """Somebody new, signed in if a ``role`` is given; ``context`` is Playwright's."""
        options = {"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}, **context}
        if role in self._signed_in:
            options["storage_state"] = self._signed_in[role]
        opened = await self._contexts.enter_async_context(await self._browser.new_context(**options))
        opened.set_default_timeout(PATIENCE)
        visitor = Visitor(opened, await opened.new_page(), self._demain.url, words, self._demain.mailbox)
        self._came.append(visitor)
        if role and role not in self._signed_in:
            await visitor.sign_in(self._demain.account(role))
            self._signed_in[role] = await opened.storage_state()
        return visitor

    async def leave(self) -> None:
        """All browser contexts are closed."""
        await self._contexts.aclose()

    def were_content(self) -> None:
        """None of their pages asked others for anything, or complained, since this was asked last."""
        complaints = [one for visitor in self._came for one in visitor.noticed.complaints]
        foreign = [url for visitor in self._came for url in visitor.noticed.foreign]
        for visitor in self._came:
            visitor.noticed.forget()
        assert not foreign, "requests left the site"
        assert not complaints, "the browser's console complains"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signed_in(browser: Browser, demain: Platform) -> dict[str, StorageState]:
    """Cookies of people who signed in already, by role."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(browser: Browser, demain: Platform, signed_in: dict[str, StorageState]) -> AsyncIterator[Arrive]:
    """People with a browser context each. None of their pages may ask others for anything, or complain."""
    people = People(browser, demain, signed_in)
    try:
        yield people.come
    finally:
        await people.leave()
    people.were_content()
