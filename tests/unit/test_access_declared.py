"""An app with a route that does not say who may call it does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from sqlalchemy import MetaData

from shared.http.access import AccessNotDeclared, Anyone
from shared.http.app import create_app
from shared.http.route import service_router
from shared.runtime.service import Service


def _service(router: APIRouter) -> Service:
    return Service("sample", "A service", ("/sample",), router, MetaData(), Path())


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_route_without_a_rule_stops_the_app_however_deep_it_is_included(depth: int) -> None:
    router = APIRouter()

    @router.get("/sample")
    async def undeclared() -> str:
        return "for whom?"

    for _ in range(depth):
        outer = APIRouter()
        outer.include_router(router)
        router = outer

    resources: Any = object()
    with pytest.raises(AccessNotDeclared, match="/sample"):
        create_app(_service(router), resources)


def test_a_service_route_without_a_rule_cannot_even_be_written() -> None:
    router = service_router()

    async def undeclared() -> str:
        return "for whom?"

    with pytest.raises(AccessNotDeclared, match="/sample"):
        router.add_api_route("/sample", undeclared)


def test_a_declared_route_is_served() -> None:
    router = APIRouter()

    @router.get("/sample")
    async def declared(_: Anyone) -> str:
        return "for all"

    resources: Any = object()
    assert create_app(_service(router), resources).url_path_for("declared") == "/sample"
