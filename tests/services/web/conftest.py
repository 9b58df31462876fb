"""The site alone, on a real PostgreSQL, with the other services in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright
from starlette.types import ASGIApp

from services.web.service import SERVICE
from shared.clients.provider import ProviderClient
from shared.http.app import create_app, observed
from shared.runtime.metrics import Metrics
from shared.runtime.resources import Resources
from shared.runtime.servers import Serving, listen
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.web.browsing import Visit, visiting
from tests.services.web.neighbours import Neighbours, World
from tests.services.web.neighbours.provider import Provided, WithProvider
from tests.services.web.sample import sample
from tests.support.browser.chromium import launch
from tests.support.postgres import TestServer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(server: TestServer) -> AsyncIterator[Database]:
    async with server.database(SERVICE) as made:
        yield made


@pytest.fixture
def world() -> World:
    return sample(World())


@pytest.fixture
def app(database: Database, world: World) -> FastAPI:
    return site_app(database, world)


def site_app(database: Database, world: World, **settings: str) -> FastAPI:
    world.of(Provided).issuer = settings.get("public_url", "http://demain.test")
    resources = SimpleNamespace(
        settings=Settings(**settings),  # type: ignore[arg-type]
        database=database,
        clients=Neighbours(world),
        metrics=Metrics(),
        mailbox=None,
        own={},
        site_url=settings.get("public_url", "http://demain.test"),
        site_secret="known to both",
    )
    return create_app(SERVICE, cast(Resources, resources))


def browser_of(app: FastAPI, base_url: str = "http://demain.test") -> httpx.AsyncClient:
    """A browser without JavaScript: keeps cookies, follows nothing by itself."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(whole(app), raise_app_exceptions=False), base_url=base_url)


def whole(app: FastAPI) -> ASGIApp:
    """The site with the provider's page beside it."""
    return WithProvider(observed(SERVICE, app), app.state.resources.clients.of(ProviderClient).provided)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(app) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def base(database: Database, world: World) -> AsyncIterator[str]:
    serving = Serving(whole(site_app(database, world)), listen("127.0.0.1", 0), deadline=2)
    await serving.start()
    yield f"http://127.0.0.1:{serving.port}"
    await serving.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, base: str) -> AsyncIterator[Visit]:
    async with await chromium.new_context(reduced_motion="reduce") as context:
        visit = await visiting(context, base)
        yield visit
        assert not visit.complaints
