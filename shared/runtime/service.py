"""What a service declares. Plain data: importing a service connects to nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter
from sqlalchemy import MetaData, inspect

from shared.contracts.base import Contract, Gone
from shared.messaging.log import Topic
from shared.runtime.process_role import ProcessRole
from shared.storage.tables import Told

if TYPE_CHECKING:
    import typer
    from fastapi import FastAPI
    from sqlmodel.ext.asyncio.session import AsyncSession
    from starlette.types import ASGIApp

    from shared.auth.denials import Denials
    from shared.http.problems import ProblemType
    from shared.messaging.reactions import Reactions
    from shared.projection.projection import Projection
    from shared.projection.showing import Render
    from shared.runtime.resources import Resources
    from shared.runtime.sample import SampleStory


@dataclass(frozen=True)
class StateTopic:
    """A state topic a service owns, and how an entity's public state is said (again)."""

    topic: Topic
    entity: type[Told]
    state: Callable[[Any], Contract | None]
    """The message that says an entity's state now; None for one nobody was ever told of."""
    gone: type[Gone]
    """What is said of a key the database does not hold any more."""

    @property
    def id_column(self) -> Any:
        """The primary key of the entity's table."""
        return inspect(self.entity).columns["id"]


class Work(Protocol):
    """Something a service does for ever beside answering requests."""

    async def run(self) -> None:
        """Do it; what it raises starts it again after a while."""
        ...

    def complaint(self) -> str | None:
        """Why it cannot do its work now, if it cannot."""
        ...


@dataclass(frozen=True)
class Worker:
    """What a service does by itself, for ever, beside answering and listening. Several processes may do it at once."""

    name: str
    make: Callable[[Resources], Work]
    """Made and started once the database is migrated; run again, with backoff, when it fails."""
    role: ProcessRole = ProcessRole.WORKER
    """The processes that do it: `API` for what open pages or answers depend on."""


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
    states: tuple[StateTopic, ...] = ()
    """What it tells; together they are its snapshot."""
    also_tells: tuple[Topic, ...] = ()
    """Topics of its own that say nothing an entity would hold: what it tells there is not said again."""
    reactions: Reactions | None = None
    """What it does when another service speaks."""
    projection: Projection | None = None
    """A rebuildable picture of others' entities, shown in an index by a projector."""
    render: Render | None = None
    """Makes index documents of the projection's."""
    constraints: Mapping[str, ProblemType] = field(default_factory=dict)
    """Database constraint → the problem its violation is. An unlisted one is a 500."""
    lifespan: Callable[[Resources], AbstractAsyncContextManager[None]] | None = None
    """What it holds while it runs, beside what the runtime gives every service; in each of its processes."""
    denials: Callable[[Resources], Denials] | None = None
    """How it knows whom to refuse, if not from what identity tells: for identity alone."""
    workers: tuple[Worker, ...] = ()
    """What it does by itself, such as what is due at an instant."""
    begin: Callable[[AsyncSession], Awaitable[object]] | None = None
    """Writes what a forum starts with, as far as it is missing; runs before the service's workers start."""
    sample: Callable[[SampleStory], Awaitable[None]] | None = None
    """Fills an empty platform with its part of the sample story."""
    commands: typer.Typer | None = None
    """What it adds to the ``demain`` command line."""
    middleware: Sequence[Callable[[ASGIApp], ASGIApp]] = ()
    """ASGI wrappers of its own around the common ones, outermost first."""
    in_front: Callable[[ASGIApp, FastAPI], ASGIApp] | None = None
    """An ASGI wrapper around those, which may answer from what the service keeps."""
    problems_as_pages: bool = False
    """Whether it answers errors itself, as pages (the site)."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Every path prefix that leads to it: what it claims, and where its OpenAPI document is."""
        return tuple(dict.fromkeys((*self.paths, f"/api/{self.name}")))

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics it owns."""
        return (*(state.topic for state in self.states), *self.also_tells)

    @property
    def heard(self) -> tuple[str, ...]:
        """The topics it listens to."""
        listened = self.reactions.topics if self.reactions else ()
        return listened + (self.projection.reactions.topics if self.projection else ())
