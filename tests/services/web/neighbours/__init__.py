"""The other services as the site sees them, in memory: they keep the rules that pages depend on, and can go away.

A module here is one service: it has ``NEIGHBOUR = (the class of its client, the class that plays it)``, and keeps
what it knows by itself in `World.of`.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from shared.clients.base import ServiceClient
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import World

__all__ = ["Neighbours", "World", "problem"]


class Neighbours:
    """The directory of clients of this world."""

    def __init__(self, world: World) -> None:
        modules = [importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)]
        pairs = [module.NEIGHBOUR for module in modules if hasattr(module, "NEIGHBOUR")]
        self._clients: dict[type[ServiceClient], ServiceClient] = {kind: played(world) for kind, played in pairs}

    def of(self, kind: Any) -> Any:
        return self._clients[kind]

    async def close(self) -> None:
        return None
