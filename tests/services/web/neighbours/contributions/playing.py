"""What each part of the contributions service in memory stands on."""

from __future__ import annotations

from shared.clients.contributions import ContributionsClient
from tests.services.web.neighbours.world import World


class Playing(ContributionsClient):
    """A client that asks this world instead of the service."""

    def __init__(self, world: World) -> None:
        super().__init__("http://contributions.invalid")
        self.world = world
