"""The debates of the contributions service, as far as pages of other sections ask for them: there are none."""

from __future__ import annotations

from typing import Any

from shared.clients.contributions import ArgumentPage, DebatePage, DebatesClient, ModerationRecord, ReportPage
from tests.services.web.neighbours.world import World


class DebatesHere(DebatesClient):
    """No debates yet."""

    def __init__(self, world: World) -> None:
        super().__init__("http://nowhere.invalid")
        self._world = world

    async def page(self, **_: Any) -> DebatePage:
        return DebatePage(items=[], next=None)

    async def mine(self, **_: Any) -> ArgumentPage:
        return ArgumentPage(items=[], next=None)

    async def reports(self, **_: Any) -> ReportPage:
        return ReportPage(items=[], next=None)

    async def record(self) -> ModerationRecord:
        return ModerationRecord(rules=[], dismissed=0, waiting=0)


NEIGHBOUR = (DebatesClient, DebatesHere)
