"""The typed client and the API say the same, and so do the tables and their migrations."""

from __future__ import annotations

from fastapi import FastAPI

from services.partners.service import SERVICE
from shared.clients.partners import PartnersClient
from tests.support.contracts import disagreements
from tests.support.migrations import differences
from tests.support.postgres import TestServer


def test_the_client_asks_for_what_is_offered() -> None:
    app = FastAPI()
    app.include_router(SERVICE.router)
    assert disagreements(app.openapi(), PartnersClient) == []


async def test_migrations_make_the_tables_that_are_meant(server: TestServer) -> None:
    assert await differences(server, SERVICE) == []
