"""What a service declares. Plain data: importing a service connects to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from sqlalchemy import MetaData

from shared.messaging.log import Topic

if TYPE_CHECKING:
    import typer
    from sqlmodel.ext.asyncio.session import AsyncSession
    from starlette.types import ASGIApp

    from shared.contracts.base import Statement
    from shared.http.problems import ProblemType
    from shared.messaging.reactions import Reactions
    from shared.projection.projection import Projection
    from shared.runtime.resources import Resources
    from shared.runtime.sample import SampleContext

Snapshot = Callable[["AsyncSession"], AsyncIterator["Statement"]]
"""Yields the public state of every entity the service owns, for `republish`."""


@dataclass(frozen=True)
class Service:
    """A service: what it owns, answers, tells and listens to."""

    name: str
    title: str
    """One line for people, shown by the command line and in OpenAPI."""
    paths: tuple[str, ...]
    """Path prefixes it answers on the public port; ``/`` is what nobody else claims."""
    router: APIRouter
    metadata: MetaData
    migrations: Path
    topics: tuple[Topic, ...] = ()
    """State topics it owns."""
    snapshot: Snapshot | None = None
    reactions: "Reactions | None" = None
    """What it does when another service speaks."""
    projection: "Projection | None" = None
    """A rebuildable picture of others' entities, indexed by a projector."""
    constraints: "Mapping[str, ProblemType]" = field(default_factory=dict)
    """Database constraint → the problem its violation is. An unlisted one is a 500."""
    lifespan: "Callable[[Resources], AbstractAsyncContextManager[None]] | None" = None
    """What it holds while it runs, beside what the runtime gives every service."""
    sample: "Callable[[SampleContext], Awaitable[None]] | None" = None
    """Fills an empty platform with its part of the sample story."""
    commands: "typer.Typer | None" = None
    """What it adds to the ``demain`` command line."""
    middleware: "Sequence[Callable[[ASGIApp], ASGIApp]]" = ()
    """ASGI wrappers of its own around the common ones, outermost first."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Passed to FastAPI as they are."""
