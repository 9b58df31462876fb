"""Errors people and programs can act on: RFC 9457 problem details with a stable type and field errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from starlette.exceptions import HTTPException

from shared.auth.tokens import KeysUnavailable
from shared.clients.base import ServiceDown
from shared.messaging.envelope import PayloadTooLarge
from shared.storage.outages import CUT, was_cut

log = structlog.get_logger()


@dataclass(frozen=True)
class ProblemType:
    """A kind of error: ``urn:demain:problem:<slug>`` for ever."""

    slug: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        """Its stable type."""
        return f"urn:demain:problem:{self.slug}"


BAD_REQUEST = ProblemType("bad-request", 400, "The request cannot be read")
UNAUTHENTICATED = ProblemType("unauthenticated", 401, "Sign in first")
DENIED = ProblemType("access-denied", 401, "This account is not let in any more")
FORBIDDEN = ProblemType("forbidden", 403, "Not allowed")
NOT_FOUND = ProblemType("not-found", 404, "There is no such thing")
GONE = ProblemType("gone", 410, "It is not here any more")
CONFLICT = ProblemType("conflict", 409, "It cannot be done in this state")
STALE = ProblemType("stale", 412, "It was changed meanwhile")
TOO_LARGE = ProblemType("too-large", 413, "Too large")
INVALID = ProblemType("invalid", 422, "Some fields need mending")
KEY_REUSED = ProblemType("idempotency-key-reused", 422, "This Idempotency-Key came with another request")
PRECONDITION_REQUIRED = ProblemType("precondition-required", 428, "Say which version you change")
TOO_MANY = ProblemType("too-many-requests", 429, "Too many requests")
INTERNAL = ProblemType("internal", 500, "Something went wrong on our side")
UNAVAILABLE = ProblemType("unavailable", 503, "Not available right now")

_BY_STATUS = {
    kind.status: kind
    for kind in (
        BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, CONFLICT, GONE, TOO_LARGE, TOO_MANY, INTERNAL, UNAVAILABLE
    )
}  # fmt: skip


@dataclass
class Problem(Exception):
    """Raised, never returned: a returned error would still commit."""

    kind: ProblemType
    detail: str = ""
    errors: Sequence[tuple[str, str]] = ()
    """(field, what is wrong and how to mend it)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind.status} {self.kind.slug}: {self.detail}"


def answer(request: Request, problem: Problem) -> Response:
    """The problem as a response."""
    body: dict[str, Any] = {
        "type": problem.kind.uri,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": request.url.path,
        **problem.extra,
    }
    if problem.errors:
        body["errors"] = [{"field": name, "message": message} for name, message in problem.errors]
    return JSONResponse(
        body,
        status_code=problem.kind.status,
        # A cache may otherwise keep a 404 or a 410 by itself, and show it after the thing is there.
        headers={"Cache-Control": "no-store", **problem.headers},
        media_type="application/problem+json",
    )


def _of_database(error: SQLAlchemyError, constraints: Mapping[str, ProblemType]) -> Problem:
    retry = {"Retry-After": "1"}
    if isinstance(error, IntegrityError):
        name = getattr(error.orig.__cause__, "constraint_name", None) if error.orig else None
        kind = constraints.get(name or "")
        if kind is not None:
            return Problem(kind, detail=kind.title)
        log.error("constraint without a problem type", constraint=name)
        return Problem(INTERNAL)
    code = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if code in {"40001", "40P01"}:
        return Problem(UNAVAILABLE, "Two changes met; try again.", headers=retry)
    if isinstance(error, DBAPIError) and (was_cut(error) or code[:2] in {"08", "53", "57"}):
        return Problem(UNAVAILABLE, "The database does not answer; try again soon.", headers=retry)
    if code == "22021":
        return Problem(INVALID, "A text contains a NUL character; take it out.")
    if isinstance(error, DBAPIError):
        log.error("database error", code=code, exc_info=error)
        return Problem(INTERNAL)
    return Problem(UNAVAILABLE, "The database is busy; try again soon.", headers=retry)


def _field(location: Sequence[Any]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in {"body", "query", "path", "header", "cookie"}:
        parts = parts[1:] or parts
    return ".".join(parts)


def install(app: FastAPI, constraints: Mapping[str, ProblemType]) -> None:
    """Turn every error of an app into a problem."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return answer(request, error)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fields = [(_field(one["loc"]), str(one["msg"]).removeprefix("Value error, ")) for one in error.errors()]
        return answer(request, Problem(INVALID, "; ".join(f"{n}: {m}" for n, m in fields), errors=fields))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = _BY_STATUS.get(error.status_code) or ProblemType(
            f"http-{error.status_code}", error.status_code, str(error.detail)
        )
        return answer(request, Problem(kind, str(error.detail), headers=dict(error.headers or {})))

    async def on_database(request: Request, error: Exception) -> Response:
        assert isinstance(error, SQLAlchemyError)
        return answer(request, _of_database(error, constraints))

    async def on_large_payload(request: Request, error: Exception) -> Response:
        name, _, message = str(error).partition(": ")
        return answer(request, Problem(INVALID, str(error), errors=[(name, message)]))

    async def on_away(request: Request, error: Exception) -> Response:
        log.warning("neighbour away", why=str(error))
        return answer(request, Problem(UNAVAILABLE, "Try again soon.", headers={"Retry-After": "2"}))

    async def on_anything(request: Request, error: Exception) -> Response:
        log.error("unexpected error", path=request.url.path, exc_info=error)
        return answer(request, Problem(INTERNAL))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(SQLAlchemyError, on_database)
    app.add_exception_handler(PayloadTooLarge, on_large_payload)
    # SQLAlchemy hands on what asyncpg raises while it prepares a new connection that is cut.
    cut = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, *CUT)
    for away in (ServiceDown, KeysUnavailable, ConnectionError, TimeoutError, *cut):
        app.add_exception_handler(away, on_away)
    app.add_exception_handler(Exception, on_anything)
