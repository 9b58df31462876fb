"""OpenAPI that clients can rely on: every operation says how it can fail, with which problem types, and who may call.

Most of it follows from what a route asks for (a role, a version, a limit, a body); what only its command knows,
the endpoint says itself: ``@failing(GONE)``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from shared.http import idempotency
from shared.http.access import rule_of
from shared.http.preconditions import asks_for_version
from shared.http.problems import (
    BAD_REQUEST,
    DENIED,
    FORBIDDEN,
    INVALID,
    KEY_REUSED,
    NOT_FOUND,
    PRECONDITION_REQUIRED,
    STALE,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHENTICATED,
    UNAVAILABLE,
    ProblemType,
)
from shared.http.rate_limits import is_limit
from shared.http.route import VersionedAnswer
from shared.http.unit_of_work import opens_session

_FAILING = "demain_failing"
_PROBLEM = "Problem"
_BEARER = "bearer"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def failing(*kinds: ProblemType) -> Callable[[Endpoint], Endpoint]:
    """Say with which problems an endpoint's command fails: below the ``@router.…`` line."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _FAILING, kinds)
        return endpoint

    return mark


def document(app: FastAPI) -> None:
    """Complete the app's OpenAPI when it is first asked for."""
    generated = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generated()
            for context in iter_route_contexts(app.routes):
                route = context.original_route
                if isinstance(route, APIRoute) and context.include_in_schema:
                    for method in route.methods or ():
                        _complete(schema["paths"][context.path_format][method.lower()], route, method)
            components = schema.setdefault("components", {})
            components.setdefault("schemas", {})[_PROBLEM] = _PROBLEM_SCHEMA
            for replaced in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(replaced, None)
            components["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        return app.openapi_schema or {}

    app.openapi = completed  # type: ignore[method-assign]


def problems_of(route: APIRoute, method: str) -> frozenset[ProblemType]:
    """All problems an operation answers, but for 500."""
    calls = set(_calls(route.dependant))
    rule = rule_of(route)
    # Every answer may be that something it needs is away, and every bad token is refused.
    kinds = {UNAVAILABLE, *getattr(route.endpoint, _FAILING, ())}
    if rule != "by-itself":
        kinds |= {UNAUTHENTICATED, DENIED}
    if rule is not None and rule.startswith("role:"):
        kinds.add(FORBIDDEN)
    if any(map(asks_for_version, calls)):
        kinds |= {STALE, PRECONDITION_REQUIRED}
    if any(map(is_limit, calls)):
        kinds.add(TOO_MANY)
    if route.body_field is not None:
        kinds |= {BAD_REQUEST, TOO_LARGE, INVALID}
    if route.param_convertors:
        kinds.add(NOT_FOUND)
    if any(_parameters(route.dependant)):
        kinds.add(INVALID)
    if _takes_key(calls, method):
        kinds |= {BAD_REQUEST, KEY_REUSED}
    return frozenset(kinds)


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    calls = set(_calls(route.dependant))
    token = {_BEARER: list[str]()}
    rule = rule_of(route)
    if rule != "by-itself":
        operation["security"] = [{}, token] if rule == "anyone" else [token]
    parameters: list[dict[str, Any]] = operation.setdefault("parameters", [])
    for parameter in parameters:
        # Without it the answer is 428, which says more than 422.
        if parameter["in"] == "header" and parameter["name"] == "if-match":
            parameter |= {"required": True, "schema": {"type": "string", "examples": ['"3"', "*"]}}
    if _takes_key(calls, method):
        parameters.append(_KEY)
    answers: dict[str, Any] = operation["responses"]
    answers.pop("422", None)
    model = route.response_model
    headers: dict[str, Any] = {}
    if any(map(is_limit, calls)):
        headers |= {"RateLimit": _LIMIT_LEFT, "RateLimit-Policy": _LIMIT_POLICY}
    if isinstance(model, type) and issubclass(model, VersionedAnswer):
        headers["ETag"] = _ETAG
        if method == "GET":
            answers["304"] = {"description": "It is still at the version of If-None-Match", "headers": {"ETag": _ETAG}}
    for answer in answers.values():
        if headers:
            answer.setdefault("headers", {}).update(headers)
    by_status: dict[int, list[ProblemType]] = defaultdict(list)
    for kind in sorted(problems_of(route, method), key=lambda one: (one.status, one.slug)):
        by_status[kind.status].append(kind)
    for status, kinds in by_status.items():
        answer, declared = _answer(kinds), answers.get(str(status), {})
        # An endpoint that says some of its errors in the form of another standard declares that itself.
        answer["content"] |= declared.get("content", {})
        answers[str(status)] = answer


def _answer(kinds: list[ProblemType]) -> dict[str, Any]:
    status = kinds[0].status
    told = {"properties": {"type": {"enum": [kind.uri for kind in kinds]}, "status": {"const": status}}}
    answer: dict[str, Any] = {
        "description": "; ".join(f"{kind.title} (`{kind.uri}`)" for kind in kinds),
        "content": {
            "application/problem+json": {"schema": {"allOf": [{"$ref": f"#/components/schemas/{_PROBLEM}"}, told]}}
        },
    }
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer


def _takes_key(calls: Iterable[Callable[..., Any] | None], method: str) -> bool:
    return method == "POST" and any(opens_session(call) for call in calls)


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for one in dependant.dependencies:
        yield from _calls(one)


def _parameters(dependant: Dependant) -> Iterator[Any]:
    yield from (*dependant.path_params, *dependant.query_params, *dependant.header_params, *dependant.cookie_params)
    for one in dependant.dependencies:
        yield from _parameters(one)


def _header(description: str, *, required: bool = True, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": {"type": "string", **schema}}


_ETAG = _header("The version, for If-Match and If-None-Match", examples=['"3"'])
_LIMIT_LEFT = _header("How many requests are left now", examples=['"sign-in";r=7'])
_LIMIT_POLICY = _header("How many requests are allowed in how many seconds", examples=['"sign-in";q=60;w=60'])
_RETRY = {"description": "Seconds to wait", "required": True, "schema": {"type": "integer", "minimum": 0}}
_HEADERS = {
    STALE.status: {"ETag": _ETAG},
    TOO_MANY.status: {"Retry-After": _RETRY},
    UNAVAILABLE.status: {"Retry-After": _RETRY | {"required": False}},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once and answered alike, for 24 hours",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST},
}
_PROBLEM_SCHEMA = {
    "title": _PROBLEM,
    "description": "What went wrong (RFC 9457). Some types say more in members of their own.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stable; tell problems apart by it"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "This case, for people"},
        "instance": {"type": "string", "description": "The path asked for"},
        "errors": {
            "type": "array",
            "description": "What is wrong with which field",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
