"""The typed client and the API say the same, and so do the tables and their migrations."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import QueryParams

from services.search import entity
from services.search.entity import entities
from services.search.service import SERVICE
from shared.clients import search as client
from shared.clients.base import ServiceProblem, _pairs
from shared.search_index.port import FACETS
from tests.services.search.city import KARIM, City, id_of
from tests.support.contracts import disagreements
from tests.support.migrations import differences
from tests.support.postgres import TestServer


class InProcess(client.SearchClient):
    """The client, sending its requests to the app under test."""

    def __init__(self, city: City) -> None:
        super().__init__("http://demain.test")
        self.city = city

    async def call(self, method: str, path: str, **options: Any) -> Any:
        answer = await self.city.service.http.request(
            method, path, params=QueryParams(tuple(_pairs(options.get("params"))))
        )
        if answer.status_code >= 400:
            body = answer.json()
            raise ServiceProblem(answer.status_code, body["type"], body["title"])
        return answer.json() if options.get("parsed", True) else answer.content


async def test_the_client_reads_every_answer(known_city: City) -> None:
    asking = InProcess(known_city)
    page = await asking.search(
        "mobilite",
        filters={"kind": ["note", "study"], "theme": ["mobility"]},
        since="2025-01-01",
        sort="newest",
        limit=1,
    )
    assert (page.total, len(page.hits)) == (2, 1)
    assert page.hits[0].people[-1].id == KARIM
    rest = await asking.search(
        "mobilite",
        filters={"theme": ["mobility"], "kind": ["study", "note"]},
        since="2025-01-01",
        sort="newest",
        cursor=page.next,
    )
    assert [hit.id for hit in rest.hits] == [id_of(1)]
    assert [one.id for one in (await asking.suggest("velo carg")).items] == [id_of(2)]
    assert all(hit.id != id_of(5) for hit in (await asking.similar(id_of(5))).items)


def test_the_client_asks_for_what_is_offered() -> None:
    app = FastAPI()
    app.include_router(SERVICE.router)
    assert disagreements(app.openapi(), client.SearchClient) == []


async def test_migrations_make_the_tables_that_are_meant(server: TestServer) -> None:
    assert await differences(server, SERVICE) == []


async def test_openapi_names_every_parameter(known_city: City) -> None:
    document = (await known_city.service.http.get("/api/search/openapi.json")).json()
    parameters = document["paths"]["/api/search"]["get"]["parameters"]
    assert {one["name"] for one in parameters} == {"q", *FACETS, "from", "to", "sort", "cursor", "limit"}
    assert all(one["in"] == "query" and not one["required"] for one in parameters)


def test_every_kind_listened_to_has_its_module() -> None:
    modules = {module.name for module in pkgutil.iter_modules([str(Path(entity.__file__).parent / "entities")])}
    assert set(entities()) == modules
    unfound = {kind for kind, one in entities().items() if one.find is None}
    assert unfound == {"person", "theme", "territory"}, "what is only named, or kept for those below it"
    assert SERVICE.projection is not None
    assert {picture.entity for picture in SERVICE.projection.pictures} == set(entities())
