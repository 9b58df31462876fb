"""The site alone, on a real PostgreSQL, with the other services in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.web.service import SERVICE
from shared.http.app import create_app, observed
from shared.runtime.metrics import Metrics
from shared.runtime.resources import Resources
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.web.neighbours import Neighbours, World
from tests.services.web.sample import sample
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
    resources = SimpleNamespace(
        settings=Settings(**settings),  # type: ignore[arg-type]
        database=database,
        clients=Neighbours(world),
        metrics=Metrics(),
        mailbox=None,
    )
    return create_app(SERVICE, cast(Resources, resources))


def browser_of(app: FastAPI, base_url: str = "http://demain.test") -> httpx.AsyncClient:
    """A browser without JavaScript: keeps cookies, follows nothing by itself."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(observed(SERVICE, app), raise_app_exceptions=False), base_url=base_url
    )


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(app) as client:
        yield client
