"""OpenAPI says how each operation fails; what it says follows from what the route asks for."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.documentation import failing
from shared.http.problems import CONFLICT, GONE
from tests.support.service import ServiceUnderTest

BEARER = {"bearer": []}


@pytest.fixture
def described(bulletin: ServiceUnderTest) -> dict[str, Any]:
    return bulletin.app.openapi()


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/api/bulletins", {200, 401, 422, 503}),
        ("post", "/api/bulletins", {201, 400, 401, 413, 422, 503}),
        ("get", "/api/bulletins/limited", {200, 401, 429, 503}),
        ("get", "/api/bulletins/editors", {200, 401, 403, 503}),
        ("get", "/api/bulletins/{id}", {200, 304, 401, 404, 422, 503}),
        ("patch", "/api/bulletins/{id}", {200, 400, 401, 404, 412, 413, 422, 428, 503}),
    ],
)
def test_an_operation_says_how_it_can_end(
    described: dict[str, Any], method: str, path: str, statuses: set[int]
) -> None:
    answers = described["paths"][path][method]["responses"]

    assert set(map(int, answers)) == statuses
    for status in statuses:
        if status >= 400:
            assert set(answers[str(status)]["content"]) == {"application/problem+json"}


def test_a_status_names_the_problem_types_behind_it(described: dict[str, Any]) -> None:
    invalid = described["paths"]["/api/bulletins"]["post"]["responses"]["422"]
    reference, told = invalid["content"]["application/problem+json"]["schema"]["allOf"]

    assert told["properties"]["type"]["enum"] == [
        "urn:demain:problem:idempotency-key-reused",
        "urn:demain:problem:invalid",
    ]
    assert reference == {"$ref": "#/components/schemas/Problem"}
    assert "Problem" in described["components"]["schemas"]
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_who_may_call_is_said(described: dict[str, Any]) -> None:
    paths = described["paths"]

    assert paths["/api/bulletins"]["get"]["security"] == [{}, BEARER]
    assert paths["/api/bulletins"]["post"]["security"] == [BEARER]
    assert paths["/api/bulletins/editors"]["get"]["security"] == [BEARER]


def test_headers_are_said(described: dict[str, Any]) -> None:
    paths = described["paths"]
    edit, create = paths["/api/bulletins/{id}"]["patch"], paths["/api/bulletins"]["post"]

    assert {one["name"]: one["required"] for one in edit["parameters"]} == {"id": True, "if-match": True}
    assert {one["name"]: one["required"] for one in create["parameters"]} == {"Idempotency-Key": False}
    assert "ETag" in edit["responses"]["200"]["headers"]
    assert "ETag" in edit["responses"]["412"]["headers"]
    assert "Retry-After" in paths["/api/bulletins/limited"]["get"]["responses"]["429"]["headers"]


def test_an_endpoint_says_what_only_its_command_knows() -> None:
    @failing(CONFLICT, GONE)
    async def move() -> None: ...

    assert move.demain_failing == (CONFLICT, GONE)  # type: ignore[attr-defined]
