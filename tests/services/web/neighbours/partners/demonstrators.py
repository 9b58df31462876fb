"""Partnerships and demonstrators, in memory."""

from __future__ import annotations

from typing import Any

from shared.clients.partners import Demonstrator, DemonstratorPage, PartnershipPage, Results
from tests.services.web.neighbours.partners.playing import Playing, fits, some
from tests.services.web.neighbours.words import problem


class FakeDemonstrators(Playing):
    """Listed and read, with their results."""

    async def partnerships(self, *, token: str, cursor: str | None = None, limit: int = 20) -> PartnershipPage:
        self._asked("partnerships", token)
        return PartnershipPage(items=[], next=None)

    async def demonstrator(self, id: str, *, token: str | None = None) -> Demonstrator:
        known, _account = self._asked("demonstrator", token)
        if id not in known.demonstrators:
            raise problem(404)
        return known.demonstrators[id]

    async def demonstrators(self, *, cursor: str | None = None, limit: int = 20, **chosen: Any) -> DemonstratorPage:
        known, _account = self._asked("demonstrators", chosen.pop("token", None))
        chosen.pop("organization", None)
        items, next = some([one for one in known.demonstrators.values() if fits(one, chosen)], cursor, limit)
        return DemonstratorPage(items=list(items), next=next)

    async def results(
        self, demonstrator: str, *, token: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Results:
        known, _account = self._asked("results", token)
        return Results(items=known.results.get(demonstrator, []), next=None)
