"""Client of the contributions service."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from shared.clients.base import ServiceClient, if_match
from shared.clients.contributions.authors import Invitations, Invited, NewInvitation
from shared.clients.contributions.comments import Comment, Comments
from shared.clients.contributions.revisions import Comparison, PlainText, Revision, RevisionDiff, Revisions
from shared.clients.contributions.taxonomy import Collection, Territories, Territory, Themes
from shared.clients.contributions.texts import (
    AddressParts,
    Contribution,
    ContributionPage,
    Draft,
    History,
    Preview,
    PublishedAddresses,
)


class ContributionsClient(ServiceClient):
    """Speaks to ``/api/contributions``, ``/api/themes`` and ``/api/territories``."""

    service = "contributions"

    async def create(self, draft: Draft, *, token: str, key: str | None = None) -> Contribution:
        """Create a draft; the same ``key`` twice creates once."""
        headers = {"Idempotency-Key": key} if key else None
        return await self.send(
            Contribution,
            "POST",
            "/api/contributions",
            json=draft.model_dump(),
            token=token,
            headers=headers,
        )

    async def read(self, id: str, *, token: str | None = None) -> Contribution:
        """Raises ServiceProblem 404, or 410 once it was withdrawn."""
        return await self.get(Contribution, f"/api/contributions/{id}", token=token)

    async def edit(self, id: str, version: int, changes: dict[str, object], *, token: str) -> Contribution:
        """Change fields of version ``version``. Raises ServiceProblem 412 when it was changed since."""
        return await self.send(
            Contribution,
            "PATCH",
            f"/api/contributions/{id}",
            json=changes,
            token=token,
            headers=if_match(version),
        )

    async def transition(
        self,
        id: str,
        version: int,
        action: str,
        *,
        token: str,
        reason: str | None = None,
        at: datetime | None = None,
    ) -> Contribution:
        """Ask for ``submit``, ``return``, ``publish``, ``withdraw`` and the like; ``at`` is when to publish.

        Raises ServiceProblem 403, 409, 412, 422.
        """
        asked = {"action": action, "reason": reason}
        if at is not None:
            asked["at"] = at.isoformat()
        return await self.send(
            Contribution,
            "POST",
            f"/api/contributions/{id}/transitions",
            json=asked,
            token=token,
            headers=if_match(version),
        )

    async def history(self, id: str, *, token: str | None = None) -> History:
        """Its life so far: publication and withdrawal for everybody, all of it for its authors and editors."""
        return await self.get(History, f"/api/contributions/{id}/transitions", token=token)

    async def revisions(
        self, id: str, *, token: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> Revisions:
        """Newest first: since publication for everybody, all of them for its authors and editors."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Revisions, f"/api/contributions/{id}/revisions", token=token, params=params)

    async def revision(self, id: str, number: int, *, token: str | None = None) -> Revision:
        """One revision, whole. Raises ServiceProblem 404, 410."""
        return await self.get(Revision, f"/api/contributions/{id}/revisions/{number}", token=token)

    async def diff(self, id: str, before: int, after: int, *, token: str | None = None) -> RevisionDiff:
        """What changed from one revision to another. Raises ServiceProblem 404, 410."""
        return await self.get(RevisionDiff, f"/api/contributions/{id}/revisions/{before}/diff/{after}", token=token)

    async def compare(self, before: PlainText, after: PlainText, *, token: str) -> Comparison:
        """What changed between two texts that need not be kept."""
        return await self.send(
            Comparison,
            "POST",
            "/api/contributions/comparisons",
            json={"before": before.model_dump(), "after": after.model_dump()},
            token=token,
        )

    async def comments(self, id: str, *, token: str, cursor: str | None = None) -> Comments:
        """Oldest first; for its authors and editors. Raises ServiceProblem 404 for others."""
        return await self.get(
            Comments, f"/api/contributions/{id}/comments", token=token, params={"cursor": cursor, "limit": 50}
        )

    async def comment(
        self, id: str, body: str, *, token: str, exact: str = "", prefix: str = "", suffix: str = ""
    ) -> Comment:
        """Comment on a passage. Raises ServiceProblem 403, 404, 422."""
        said = {"body": body, "exact": exact, "prefix": prefix, "suffix": suffix}
        return await self.send(Comment, "POST", f"/api/contributions/{id}/comments", json=said, token=token)

    async def resolve(self, id: str, comment: str, resolved: bool, *, token: str) -> Comment:
        """Say that a comment is dealt with, or open it again. Raises ServiceProblem 404."""
        path = f"/api/contributions/{id}/comments/{comment}/resolution"
        return await self.send(Comment, "POST", path, json={"resolved": resolved}, token=token)

    async def assign(
        self, id: str, version: int, editor: str | None, due_on: str | None, *, token: str
    ) -> Contribution:
        """Say which editor reviews it, until when. Raises ServiceProblem 403, 409, 412, 422."""
        return await self.send(
            Contribution,
            "PUT",
            f"/api/contributions/{id}/assignment",
            json={"editor": editor, "due_on": due_on},
            token=token,
            headers=if_match(version),
        )

    async def invitations(self, id: str, *, token: str) -> Invitations:
        """Invitations that wait for an answer; for its authors. Raises ServiceProblem 404 for others."""
        return await self.get(Invitations, f"/api/contributions/{id}/invitations", token=token)

    async def invite(self, id: str, note: str, *, token: str) -> NewInvitation:
        """Make a link that invites whoever follows it. Raises ServiceProblem 403, 404, 409."""
        path = f"/api/contributions/{id}/invitations"
        return await self.send(NewInvitation, "POST", path, json={"note": note}, token=token)

    async def take_back_invitation(self, id: str, invitation: str, *, token: str) -> None:
        """Make a link worthless. Raises ServiceProblem 403, 404."""
        await self.call("POST", f"/api/contributions/{id}/invitations/{invitation}/withdrawal", token=token)

    async def invited(self, secret: str, *, token: str) -> Invited:
        """What a link invites to. Raises ServiceProblem 410 for one that does not hold any more."""
        path = "/api/contributions/invitations/openings"
        return await self.send(Invited, "POST", path, json={"secret": secret}, token=token)

    async def accept_invitation(self, secret: str, *, token: str) -> Contribution:
        """Become an author. Raises ServiceProblem 409, 410."""
        path = "/api/contributions/invitations/acceptances"
        return await self.send(Contribution, "POST", path, json={"secret": secret}, token=token)

    async def order_authors(self, id: str, version: int, authors: list[str], *, token: str) -> Contribution:
        """Name its authors in this order. Raises ServiceProblem 403, 409, 412, 422."""
        path, headers = f"/api/contributions/{id}/authors", if_match(version)
        return await self.send(Contribution, "PUT", path, json={"authors": authors}, token=token, headers=headers)

    async def leave(self, id: str, version: int, person: str, *, token: str) -> None:
        """Take one's own name off. Raises ServiceProblem 403, 409, 412."""
        path, headers = f"/api/contributions/{id}/authors/{person}", if_match(version)
        await self.call("DELETE", path, token=token, headers=headers)

    async def link_translation(self, id: str, version: int, other: str, *, token: str) -> Contribution:
        """Say that another contribution is the same text in another language. Raises ServiceProblem 409, 412, 422."""
        path, headers = f"/api/contributions/{id}/translations", if_match(version)
        return await self.send(Contribution, "PUT", path, json={"contribution": other}, token=token, headers=headers)

    async def unlink_translation(self, id: str, version: int, *, token: str) -> Contribution:
        """Say that it is no translation of the others. Raises ServiceProblem 404, 412."""
        path, headers = f"/api/contributions/{id}/translations", if_match(version)
        return await self.send(Contribution, "DELETE", path, token=token, headers=headers)

    async def page(
        self,
        *,
        token: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        language: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        author: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ContributionPage:
        """Newest first. Without ``state`` only published ones; other states need the right to see them."""
        return await self.get(
            ContributionPage,
            "/api/contributions",
            token=token,
            params={
                "state": state,
                "kind": kind,
                "language": language,
                "theme": theme,
                "territory": territory,
                "author": author,
                "cursor": cursor,
                "limit": limit,
            },
        )

    async def addresses(self, *, start: str | None = None, limit: int = 1000) -> PublishedAddresses:
        """Where published contributions are read, from the id ``start`` on."""
        return await self.get(
            PublishedAddresses, "/api/contributions/addresses", params={"start": start, "limit": limit}
        )

    async def address_parts(self, size: int) -> AddressParts:
        """Where each ``size`` of them begin; empty when nothing is published."""
        return await self.get(AddressParts, "/api/contributions/addresses/parts", params={"size": size})

    async def preview(self, body: str, *, token: str) -> Preview:
        """Render Markdown without keeping it."""
        return await self.send(Preview, "POST", "/api/contributions/previews", json={"body": body}, token=token)

    async def themes(self) -> Themes:
        """All themes, in the order they are shown."""
        return await self.get(Themes, "/api/themes")

    async def territories(self) -> Territories:
        """All territories, in the order they are shown."""
        return await self.get(Territories, "/api/territories")

    async def label(self, collection: Collection, id: str) -> Territory:
        """One of them. Raises ServiceProblem 404, or 410 with ``moved_to`` once it was merged."""
        return await self.get(Territory, f"/api/{collection}/{quote(id, safe='')}")

    async def add_label(self, collection: Collection, fields: dict[str, object], *, token: str) -> Territory:
        """A new one. Raises ServiceProblem 403, 409 for an id or a code that is taken, 422."""
        return await self.send(Territory, "POST", f"/api/{collection}", json=fields, token=token)

    async def edit_label(
        self, collection: Collection, id: str, version: int, changes: dict[str, object], *, token: str
    ) -> Territory:
        """Change fields of version ``version``. Raises ServiceProblem 403, 404, 409, 410, 412, 422."""
        return await self.send(
            Territory,
            "PATCH",
            f"/api/{collection}/{quote(id, safe='')}",
            json=changes,
            token=token,
            headers=if_match(version),
        )

    async def merge_label(self, collection: Collection, id: str, version: int, into: str, *, token: str) -> Territory:
        """Retire one in favour of another, which is answered. Raises ServiceProblem 403, 404, 410, 412, 422."""
        return await self.send(
            Territory,
            "POST",
            f"/api/{collection}/{quote(id, safe='')}/merge",
            json={"into": into},
            token=token,
            headers=if_match(version),
        )
