"""The route class of every service: sees the rendered response *before* the commit.

Sets ``ETag`` from the version of a `VersionedAnswer`, answers 304 to a matching ``If-None-Match``, says how it may be
cached, keeps and replays answers to an ``Idempotency-Key``. Refuses parameters that no text column can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.http import idempotency
from shared.http.access import check_declared
from shared.http.preconditions import etag
from shared.http.problems import INVALID, Problem


class VersionedAnswer(BaseModel):
    """A response whose ``version`` is its ETag."""

    version: int


class ServiceRoute(APIRoute):
    """See the module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_declared(self)
        model = self.response_model
        self._versioned = isinstance(model, type) and issubclass(model, VersionedAnswer)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler FastAPI calls inside the function-scoped dependencies."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            _refuse_nul(request)
            try:
                response = await handler(request)
            except idempotency.Replay as replay:
                replay.response.headers.update(getattr(request.state, "rate_limit", {}))
                return replay.response
            if self._versioned and response.status_code < 300 and "etag" not in response.headers:
                # Read as that model, nothing else of the answer is made again.
                response.headers["ETag"] = etag(VersionedAnswer.model_validate_json(bytes(response.body)).version)
            session = getattr(request.state, "session", None)
            if session is not None:
                await idempotency.keep(session, request, response)
            if request.method == "GET":
                return _for_caches(request, response)
            return response

        return handle


def _for_caches(request: Request, response: Response) -> Response:
    """Have it asked for again each time (what was withdrawn is gone at once) and kept apart for each reader, for what
    is answered may depend on who asks; 304 to who has it."""
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.setdefault("Vary", "Authorization")
    tag = response.headers.get("etag")
    if tag and tag in request.headers.get("if-none-match", ""):
        kept = {name: response.headers[name] for name in ("Cache-Control", "Vary")}
        return Response(status_code=304, headers={"ETag": tag, **kept})
    return response


def _refuse_nul(request: Request) -> None:
    """Raises Problem 422 naming the parameter with a NUL character, which no text of PostgreSQL can hold."""
    given = (*request.path_params.items(), *request.query_params.multi_items())
    wrong = [(name, "contains a NUL character; take it out") for name, value in given if "\0" in str(value)]
    if wrong:
        raise Problem(INVALID, errors=wrong)


def service_router() -> APIRouter:
    """The router every service starts from."""
    return APIRouter(route_class=ServiceRoute)


def joined(*routers: APIRouter) -> APIRouter:
    """One router with the routes of several, as they are and in this order.

    FastAPI's ``include_router`` analyses each route once more at every level and for every app, because an inclusion
    may add a prefix or dependencies. None of ours does, and that was a tenth of a second of each app.
    """
    router = APIRouter()
    take_in(router, *routers)
    return router


def take_in(router: APIRouter, *others: APIRouter) -> None:
    """Give a router the routes of others beside its own; see `joined`."""
    for one in others:
        router.routes.extend(one.routes)
