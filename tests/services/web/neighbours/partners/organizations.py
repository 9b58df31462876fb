"""Organizations and their members, in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.partners import (
    Changes,
    Invitations,
    Invited,
    Members,
    MyOrganization,
    MyOrganizations,
    NewInvitation,
    NewOrganization,
    Organization,
    OrganizationPage,
    OrganizationRef,
)
from tests.services.web.neighbours.partners.known import Partners
from tests.services.web.neighbours.partners.playing import Playing, fits, some
from tests.services.web.neighbours.words import problem
from tests.services.web.neighbours.world import Account


class FakeOrganizations(Playing):
    """Written and read; members invited, joined, removed."""

    def _seen(self, known: Partners, one: Organization, account: Account | None) -> Organization:
        role = self._mine(known, account, one.id)
        actions = ["edit", "invite", "publish" if one.state == "draft" else "withdraw"] if role == "owner" else []
        return one.model_copy(update={"membership": role, "actions": actions})

    async def organization(self, id: str, *, token: str | None = None) -> Organization:
        known, account = self._asked("organization", token)
        found = known.organizations.get(id)
        if found is None:
            raise problem(404)
        if found.state == "withdrawn":
            raise problem(410, "gone", reason=found.withdrawal_reason)
        return self._seen(known, found, account)

    async def organizations(self, *, cursor: str | None = None, limit: int = 20, **chosen: Any) -> OrganizationPage:
        known, _account = self._asked("organizations", chosen.pop("token", None))
        shown = [one for one in known.organizations.values() if one.state == "published" and fits(one, chosen)]
        items, next = some(shown, cursor, limit)
        return OrganizationPage(items=list(items), next=next)

    async def my_organizations(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyOrganizations:
        known, account = self._asked("my_organizations", token)
        mine = [(one, self._mine(known, account, one.id)) for one in known.organizations.values()]
        items = [MyOrganization(**{**one.model_dump(), "membership": role}) for one, role in mine if role]
        return MyOrganizations(items=items, next=None)

    async def create_organization(self, new: NewOrganization, *, token: str, key: str | None = None) -> Organization:
        known, account = self._asked("create_organization", token)
        if new.siren is not None and new.siren != "552100554":
            raise problem(422, "invalid", ("body.siren", "the last digit does not fit"))
        assert account is not None
        made = known.organization(**{**new.model_dump(), "state": "draft", "published_at": None})
        known.join(made, account)
        return self._seen(known, made, account)

    async def edit_organization(self, id: str, version: int, changes: Changes, *, token: str) -> Organization:
        known, account = self._asked("edit_organization", token)
        found = known.organizations[id]
        if found.version != version:
            raise problem(412)
        known.organizations[id] = found.model_copy(update={**changes, "version": version + 1})
        return self._seen(known, known.organizations[id], account)

    async def members(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Members:
        known, _account = self._asked("members", token)
        return Members(items=known.members.get(id, []), next=None)

    async def invitations(self, id: str, *, token: str, cursor: str | None = None, limit: int = 50) -> Invitations:
        known, _account = self._asked("invitations", token)
        return Invitations(
            items=[one for organization, one in known.invitations.values() if organization == id], next=None
        )

    async def invite(self, id: str, *, token: str, role: str = "member", note: str = "") -> NewInvitation:
        known, account = self._asked("invite", token)
        assert account is not None
        now, by = datetime.now(UTC), PersonRef(id=account.id, name=account.name)
        made = NewInvitation(
            id=str(uuid4()), role=role, note=note, by=by, at=now, expires_at=now + timedelta(days=14), token=uuid4().hex
        )
        known.invitations[made.token] = (id, made)
        return made

    async def look_up_invitation(self, invitation_token: str, *, token: str) -> Invited:
        known, account = self._asked("look_up_invitation", token)
        if invitation_token not in known.invitations:
            raise problem(404)
        id, made = known.invitations[invitation_token]
        one = known.organizations[id]
        ref = OrganizationRef(id=id, name=one.name, kind=one.kind, url=None)
        member = self._mine(known, account, id)
        return Invited(organization=ref, role=made.role, expires_at=made.expires_at, membership=member)

    async def accept_invitation(self, invitation_token: str, *, token: str) -> Organization:
        known, account = self._asked("accept_invitation", token)
        if invitation_token not in known.invitations or account is None:
            raise problem(410)
        id, made = known.invitations.pop(invitation_token)
        known.join(known.organizations[id], account, made.role)
        return self._seen(known, known.organizations[id], account)

    async def remove_member(self, id: str, person: str, *, token: str) -> None:
        known, _account = self._asked("remove_member", token)
        owners = [one for one in known.members[id] if one.role == "owner"]
        if [one.person.id for one in owners] == [person]:
            raise ServiceProblem(409, "urn:demain:problem:last-owner", "last owner")
        known.members[id] = [one for one in known.members[id] if one.person.id != person]
