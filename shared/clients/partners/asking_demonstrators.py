"""Speaks of partnerships and demonstrators."""

from __future__ import annotations

from shared.clients.partners.asking import Asking, Changes
from shared.clients.partners.demonstrators import (
    Demonstrator,
    DemonstratorPage,
    NewDemonstrator,
    NewResult,
    Partnership,
    PartnershipPage,
    Result,
    Results,
)


class AskingDemonstrators(Asking):
    """Speaks of partnerships and demonstrators."""

    async def partnerships(self, *, token: str, cursor: str | None = None, limit: int = 20) -> PartnershipPage:
        """Those the bearer is part of, newest first."""
        return await self.get(
            PartnershipPage, "/api/partnerships", token=token, params={"cursor": cursor, "limit": limit}
        )

    async def partnership(self, id: str, *, token: str) -> Partnership:
        """Raises ServiceProblem 404 for whoever is no part of it."""
        return await self.get(Partnership, f"/api/partnerships/{id}", token=token)

    async def edit_partnership(self, id: str, version: int, changes: Changes, *, token: str) -> Partnership:
        """``partner_contact`` and ``host_contact``; each side its own. Raises ServiceProblem 403, 404, 412, 422."""
        return await self._change(Partnership, f"/api/partnerships/{id}", version, changes, token)

    async def create_demonstrator(self, new: NewDemonstrator, *, token: str, key: str | None = None) -> Demonstrator:
        """Start a draft of a partnership the bearer is part of. Raises ServiceProblem 404, 422."""
        return await self._create(Demonstrator, "/api/demonstrators", new, token, key)

    async def demonstrator(self, id: str, *, token: str | None = None) -> Demonstrator:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Demonstrator, f"/api/demonstrators/{id}", token=token)

    async def demonstrators(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        organization: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 20,
    ) -> DemonstratorPage:
        """Public ones, newest first; ``mine`` shows those the bearer is part of, drafts too."""
        params = {"state": state, "theme": theme, "territory": territory, "organization": organization}
        chosen = {"mine": "true" if mine else None, "cursor": cursor, "limit": limit}
        return await self.get(DemonstratorPage, "/api/demonstrators", token=token, params={**params, **chosen})

    async def edit_demonstrator(self, id: str, version: int, changes: Changes, *, token: str) -> Demonstrator:
        """Raises ServiceProblem 403, 404, 409, 412, 422."""
        return await self._change(Demonstrator, f"/api/demonstrators/{id}", version, changes, token)

    async def move_demonstrator(
        self, id: str, version: int, action: str, *, token: str, reason: str | None = None
    ) -> Demonstrator:
        """``publish``, ``end`` or ``withdraw`` (with a reason). Raises ServiceProblem 403, 409, 412, 422."""
        return await self._move(Demonstrator, f"/api/demonstrators/{id}", version, action, reason, token)

    async def results(
        self, demonstrator: str, *, token: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Results:
        """Newest day first. Raises ServiceProblem 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Results, f"/api/demonstrators/{demonstrator}/results", token=token, params=params)

    async def add_result(self, demonstrator: str, new: NewResult, *, token: str, key: str | None = None) -> Result:
        """Raises ServiceProblem 403, 404, 409, 422."""
        return await self._create(Result, f"/api/demonstrators/{demonstrator}/results", new, token, key)
