"""Every route and who may call it: written down here, compared with what the app has."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from services.search.service import SERVICE
from shared.auth.principal import Role
from shared.http.access import rule_of
from tests.services.search.city import City, id_of

ROUTES = {
    ("GET", "/api/search"): "anyone",
    ("GET", "/api/search/suggest"): "anyone",
    ("GET", "/api/search/similar/{id}"): "anyone",
}


def test_the_table_names_every_route() -> None:
    routes = [route for route in SERVICE.router.routes if isinstance(route, APIRoute)]
    assert {(method, route.path): rule_of(route) for route in routes for method in route.methods or ()} == ROUTES


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_everybody_may(known_city: City, route: tuple[str, str], role: Role | None) -> None:
    method, path = route
    headers = {} if role is None else known_city.service.someone(role)
    answer = await known_city.service.http.request(method, path.format(id=id_of(1)), headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_a_bad_token_is_refused_nevertheless(known_city: City, route: tuple[str, str]) -> None:
    method, path = route
    answer = await known_city.service.http.request(
        method, path.format(id=id_of(1)), headers={"Authorization": "Bearer not-a-token"}
    )
    assert answer.status_code == 401
