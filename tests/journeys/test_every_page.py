"""Every page, on a phone and on a wide screen, light and dark: axe finds nothing, nothing sticks out.

``DEMAIN_SHOTS=folder`` keeps a picture of each, to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState

from tests.journeys.conftest import Arrive, People
from tests.journeys.forum import Forum, tell
from tests.journeys.instance import Instance, Platform
from tests.journeys.tour import all_stops
from tests.journeys.tour.stop import Stop
from tests.journeys.visitor import Visitor
from tests.support.browser.looking import looks

pytestmark = pytest.mark.browser

STOPS = all_stops()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forum(demain: Instance) -> Forum:
    """Something to look at in every state."""
    return await tell(demain)


class Regulars:
    """Somebody of each role and language, who goes from page to page and types nothing.

    A browser context of their own would be half of what a look costs.
    """

    def __init__(self, people: People) -> None:
        self.people = people
        self._met: dict[tuple[str, str], Visitor] = {}

    async def who(self, stop: Stop) -> Visitor:
        """Who looks at it, on a wide screen in the light."""
        key = (stop.role, stop.words.prefix)
        if key not in self._met:
            self._met[key] = await self.people.come(stop.role, stop.words, reduced_motion="reduce")
        page = self._met[key].page
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.emulate_media(color_scheme="light")
        return self._met[key]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def regulars(browser: Browser, demain: Platform, signed_in: dict[str, StorageState]) -> AsyncIterator[Regulars]:
    people = People(browser, demain, signed_in)
    yield Regulars(people)
    await people.leave()


@pytest.mark.parametrize("name", [name for name, stop in STOPS.items() if stop.act is None])
async def test_looks(regulars: Regulars, forum: Forum, name: str) -> None:
    stop = STOPS[name]
    visitor = await regulars.who(stop)
    assert await visitor.open(stop.path_in(forum)) == stop.status
    assert not await looks(visitor.page, name)
    regulars.people.were_content()


@pytest.mark.parametrize("name", [name for name, stop in STOPS.items() if stop.act])
async def test_looks_when_something_is_done(arrive: Arrive, forum: Forum, name: str) -> None:
    stop = STOPS[name]
    visitor = await arrive(stop.role, stop.words, reduced_motion="reduce")
    assert await visitor.open(stop.path_in(forum)) == stop.status
    assert stop.act is not None
    await stop.act(visitor)
    assert not await looks(visitor.page, name)


async def test_what_is_hard_to_read_in_the_dark_alone_is_found(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/")
    await visitor.page.evaluate("document.querySelector('h1').style.color = 'light-dark(black, #222)'")
    trouble = await looks(visitor.page, "hard-to-read")
    assert trouble
    assert all(re.match(r"(1280|390) dark: color-contrast: ", one) for one in trouble)
