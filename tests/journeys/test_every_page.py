"""Every page, on a phone and on a wide screen, light and dark: axe finds nothing, nothing sticks out.

``DEMAIN_SHOTS=folder`` keeps a picture of each, to be looked at.
"""

from __future__ import annotations

import re

import pytest
import pytest_asyncio

from tests.journeys.conftest import Arrive
from tests.journeys.forum import Forum, tell
from tests.journeys.instance import Instance
from tests.journeys.tour import all_stops
from tests.support.browser.looking import looks

pytestmark = pytest.mark.browser

STOPS = all_stops()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forum(demain: Instance) -> Forum:
    """Something to look at in every state."""
    return await tell(demain)


@pytest.mark.parametrize("name", STOPS)
async def test_looks(arrive: Arrive, forum: Forum, name: str) -> None:
    stop = STOPS[name]
    visitor = await arrive(stop.role, stop.words, reduced_motion="reduce")
    page = visitor.page
    assert await visitor.open(stop.path if isinstance(stop.path, str) else stop.path(forum)) == stop.status
    await stop.act(visitor)
    assert not await looks(page, name)


async def test_what_is_hard_to_read_in_the_dark_alone_is_found(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/")
    await visitor.page.evaluate("document.querySelector('h1').style.color = 'light-dark(black, #222)'")
    trouble = await looks(visitor.page, "hard-to-read")
    assert trouble
    assert all(re.match(r"(1280|390) dark: color-contrast: ", one) for one in trouble)
