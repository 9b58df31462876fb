"""What a kind of entity brings to search. A module of `services.search.entities` has ``ENTITY = Entity(...)``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from shared.contracts.base import Shown
from shared.projection.projection import Picture

StateT = TypeVar("StateT", bound=Shown)


@dataclass(frozen=True, slots=True)
class Findable:
    """An entity as it is found and as a hit shows it."""

    language: str
    title: str
    summary: str
    body: str
    """Plain text, searched and never answered whole."""
    url: str
    """Path on the site."""
    date: datetime
    kind: str | None = None
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Keys of the people named with it. They must be among the `refs` of its contract, so that a new name
    reaches the index."""


@dataclass(frozen=True)
class Entity(Generic[StateT]):
    """A kind of entity in the projection: found by itself, or known for its name, or kept for those below it."""

    picture: Picture
    find: Callable[[StateT], Findable] | None = None
    """How its state is found; None for a kind that is no hit by itself."""
    name: Callable[[StateT], str] | None = None
    """How others name it."""

    @property
    def kind(self) -> str:
        """``contribution``, ``person``…: the part of a key before the colon."""
        return self.picture.entity


@cache
def entities() -> dict[str, Entity[Any]]:
    """All kinds by name, in the order of their modules' names.

    Raises TypeError for a module without ENTITY.
    """
    package = importlib.import_module("services.search.entities")
    found: dict[str, Entity[Any]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        entity = getattr(importlib.import_module(f"{package.__name__}.{name}"), "ENTITY", None)
        if not isinstance(entity, Entity):
            raise TypeError(f"services/search/entities/{name}.py has no ENTITY = Entity(...)")
        found[entity.kind] = entity
    return found


def entity_of(key: str) -> Entity[Any] | None:
    """The kind a key such as ``contribution:0192…`` is of; None for a kind not known (any more)."""
    return entities().get(key.partition(":")[0])


def own_id(key: str) -> str:
    """The entity's own id in a key."""
    return key.partition(":")[2]
