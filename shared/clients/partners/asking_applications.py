"""Speaks of calls and applications."""

from __future__ import annotations

from shared.clients.partners.applications import (
    Application,
    ApplicationCounts,
    ApplicationHistory,
    ApplicationPage,
    NewApplication,
)
from shared.clients.partners.asking import Asking, Changes
from shared.clients.partners.calls import Call, CallPage, NewCall


class AskingApplications(Asking):
    """Speaks of calls and applications."""

    async def create_call(self, new: NewCall, *, token: str, key: str | None = None) -> Call:
        """Create a draft; for organizers. Raises ServiceProblem 403, 422."""
        return await self._create(Call, "/api/calls", new, token, key)

    async def read_call(self, id: str, *, token: str | None = None) -> Call:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Call, f"/api/calls/{id}", token=token)

    async def calls(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        phase: str | None = None,
        kind: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 20,
    ) -> CallPage:
        """Public ones, newest first; ``mine`` shows those the bearer runs, drafts too."""
        params = {"state": state, "phase": phase, "kind": kind, "theme": theme, "territory": territory}
        chosen = {"mine": "true" if mine else None, "cursor": cursor, "limit": limit}
        return await self.get(CallPage, "/api/calls", token=token, params={**params, **chosen})

    async def edit_call(self, id: str, version: int, changes: Changes, *, token: str) -> Call:
        """Raises ServiceProblem 403, 404, 409, 412, 422."""
        return await self._change(Call, f"/api/calls/{id}", version, changes, token)

    async def move_call(self, id: str, version: int, action: str, *, token: str, reason: str | None = None) -> Call:
        """``publish``, ``close`` or ``withdraw`` (with a reason). Raises ServiceProblem 403, 409, 412, 422."""
        return await self._move(Call, f"/api/calls/{id}", version, action, reason, token)

    async def apply(self, call: str, new: NewApplication, *, token: str, key: str | None = None) -> Application:
        """Start a draft; the same ``key`` twice starts one. Raises ServiceProblem 403, 404, 409, 422."""
        return await self._create(Application, f"/api/calls/{call}/applications", new, token, key)

    async def applications(
        self, call: str, *, token: str, state: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> ApplicationPage:
        """Submitted ones: all for who runs the call, theirs for reviewers. Raises ServiceProblem 404."""
        params = {"state": state, "cursor": cursor, "limit": limit}
        return await self.get(ApplicationPage, f"/api/calls/{call}/applications", token=token, params=params)

    async def application_counts(self, call: str, *, token: str) -> ApplicationCounts:
        """How many of these there are, by state. Raises ServiceProblem 404."""
        return await self.get(ApplicationCounts, f"/api/calls/{call}/applications/counts", token=token)

    async def my_applications(
        self,
        *,
        token: str,
        state: str | None = None,
        call: str | None = None,
        organization: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ApplicationPage:
        """Those of the bearer's organizations, the last changed first."""
        params = {"state": state, "call": call, "organization": organization, "cursor": cursor, "limit": limit}
        return await self.get(ApplicationPage, "/api/applications/mine", token=token, params=params)

    async def application(self, id: str, *, token: str) -> Application:
        """Raises ServiceProblem 404 for whoever has nothing to do with it."""
        return await self.get(Application, f"/api/applications/{id}", token=token)

    async def edit_application(self, id: str, version: int, changes: Changes, *, token: str) -> Application:
        """Keep a draft as it is typed. Raises ServiceProblem 403, 404, 412, 422."""
        return await self._change(Application, f"/api/applications/{id}", version, changes, token)

    async def move_application(
        self,
        id: str,
        version: int,
        action: str,
        *,
        token: str,
        reason: str | None = None,
        contact: str | None = None,
    ) -> Application:
        """``submit``, ``withdraw``, ``review``, ``accept`` or ``decline`` (these two with a motive).

        Raises ServiceProblem 403, 409 (``deadline-passed``: the draft is kept), 412, 422. ``contact``, with
        ``accept``, is who answers on the side that runs the call.
        """
        path = f"/api/applications/{id}"
        return await self._move(Application, path, version, action, reason, token, contact=contact)

    async def application_history(self, id: str, *, token: str) -> ApplicationHistory:
        """For its organization and who runs the call. Raises ServiceProblem 404."""
        return await self.get(ApplicationHistory, f"/api/applications/{id}/transitions", token=token)
