"""Makes the FastAPI app of a service from what it declares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp

from shared.http import problems
from shared.http.access import check_declared
from shared.http.body_limit import BodyLimit
from shared.http.documentation import document
from shared.http.middleware import Observed
from shared.http.route import take_in
from shared.runtime.resources import Resources
from shared.runtime.service import Service

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes a request may have, unless its route says otherwise."""


def create_app(service: Service, resources: Resources) -> FastAPI:
    """The app, not yet started. Raises AccessNotDeclared for a route that does not say who may call it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if service.lifespan is None:
            yield
        else:
            async with service.lifespan(resources):
                yield

    app = FastAPI(
        title=f"Demain: {service.name}",
        description=service.title,
        version="1",
        openapi_url=f"/api/{service.name}/openapi.json",
        docs_url=None,
        redoc_url=None,
        # A redirect would be undocumented, and its address be made from the Host header.
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.resources = resources
    take_in(app.router, service.router)
    # `app.routes` alone would not show the routes of routers that were included (FastAPI includes lazily).
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            check_declared(context.original_route)
    if not service.problems_as_pages:
        problems.install(app, service.constraints)
        document(app)
    return app


def observed(service: Service, app: FastAPI) -> ASGIApp:
    """The app with everything around it."""
    resources: Resources = app.state.resources
    wrapped: ASGIApp = BodyLimit(app, largest=LARGEST_BODY)
    for wrapper in reversed(service.middleware):
        wrapped = wrapper(wrapped)
    if service.in_front is not None:
        wrapped = service.in_front(wrapped, app)
    return Observed(
        wrapped,
        service=service.name,
        metrics=resources.metrics,
        trusted_proxies=resources.settings.trusted_proxies,
    )
