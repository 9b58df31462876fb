"""Speaks of organizations, their members and invitations."""

from __future__ import annotations

from shared.clients.partners.asking import Asking, Changes
from shared.clients.partners.organizations import (
    Invitations,
    Invited,
    Member,
    Members,
    MyOrganizations,
    NewInvitation,
    NewOrganization,
    Organization,
    OrganizationPage,
)


class AskingOrganizations(Asking):
    """Speaks of organizations, their members and invitations."""

    async def create_organization(self, new: NewOrganization, *, token: str, key: str | None = None) -> Organization:
        """Create an organization the bearer owns; the same ``key`` twice creates once. Raises ServiceProblem 422."""
        return await self._create(Organization, "/api/organizations", new, token, key)

    async def organization(self, id: str, *, token: str | None = None) -> Organization:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Organization, f"/api/organizations/{id}", token=token)

    async def organizations(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> OrganizationPage:
        """Published ones, newest first; with ``state`` those the bearer may read."""
        params = {"state": state, "kind": kind, "theme": theme, "territory": territory, "cursor": cursor}
        return await self.get(OrganizationPage, "/api/organizations", token=token, params={**params, "limit": limit})

    async def my_organizations(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyOrganizations:
        """Those the bearer belongs to, the last changed first."""
        return await self.get(
            MyOrganizations, "/api/organizations/mine", token=token, params={"cursor": cursor, "limit": limit}
        )

    async def edit_organization(self, id: str, version: int, changes: Changes, *, token: str) -> Organization:
        """Raises ServiceProblem 403, 404, 412, 422."""
        return await self._change(Organization, f"/api/organizations/{id}", version, changes, token)

    async def move_organization(
        self, id: str, version: int, action: str, *, token: str, reason: str | None = None
    ) -> Organization:
        """``publish`` or ``withdraw`` (with a reason). Raises ServiceProblem 403, 409, 412, 422."""
        return await self._move(Organization, f"/api/organizations/{id}", version, action, reason, token)

    async def members(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Members:
        """For its members. Raises ServiceProblem 403, 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Members, f"/api/organizations/{id}/members", token=token, params=params)

    async def set_role(self, id: str, person: str, role: str, *, token: str) -> Member:
        """``owner`` or ``member``; for owners. Raises ServiceProblem 403, 404, 409 for the last owner."""
        path = f"/api/organizations/{id}/members/{person}"
        return await self.send(Member, "PUT", path, json={"role": role}, token=token)

    async def remove_member(self, id: str, person: str, *, token: str) -> None:
        """Take a member out, or leave. Raises ServiceProblem 403, 404, 409 for the last owner."""
        await self.call("DELETE", f"/api/organizations/{id}/members/{person}", token=token)

    async def invite(self, id: str, *, token: str, role: str = "member", note: str = "") -> NewInvitation:
        """An invitation whose token is told this once; for owners. Raises ServiceProblem 403, 404, 409."""
        path = f"/api/organizations/{id}/invitations"
        return await self.send(NewInvitation, "POST", path, json={"role": role, "note": note}, token=token)

    async def invitations(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Invitations:
        """Those nobody has used yet; for owners. Raises ServiceProblem 403, 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Invitations, f"/api/organizations/{id}/invitations", token=token, params=params)

    async def revoke_invitation(self, id: str, invitation: str, *, token: str) -> None:
        """Take an invitation back. Raises ServiceProblem 403, 404, 409 for one that was accepted."""
        await self.call("DELETE", f"/api/organizations/{id}/invitations/{invitation}", token=token)

    async def look_up_invitation(self, invitation_token: str, *, token: str) -> Invited:
        """What a token invites to. Raises ServiceProblem 404, 410."""
        path = "/api/organizations/invitations/lookup"
        return await self.send(Invited, "POST", path, json={"token": invitation_token}, token=token)

    async def accept_invitation(self, invitation_token: str, *, token: str) -> Organization:
        """Become a member. Raises ServiceProblem 404, 410."""
        path = "/api/organizations/invitations/acceptance"
        return await self.send(Organization, "POST", path, json={"token": invitation_token}, token=token)
