"""Client of the contributions service."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from pydantic import Field

from shared.clients.base import Answer, PersonRef, ServiceClient


class Theme(Answer):
    """A subject, such as ``mobility``, with its name and what it is by language."""

    id: str
    version: int = 1
    names: dict[str, str]
    descriptions: dict[str, str] = Field(default_factory=dict)


class Territory(Theme):
    """A place; ``parent`` is the larger one it lies in, ``code`` its INSEE or ISO 3166 code."""

    parent: str | None = None
    code: str | None = None


class Contribution(Answer):
    """A contribution as its reader may see it."""

    id: str
    version: int
    state: str
    kind: str
    language: str
    title: str
    summary: str
    body: str
    """Markdown."""
    body_html: str
    """Rendered and sanitized."""
    themes: list[str]
    territories: list[str]
    authors: list[PersonRef]
    reading_minutes: int
    url: str
    """Path on the site."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    actions: list[str]
    """Transitions the bearer may ask for now; ``edit`` when the text may be changed."""
    corrected_at: datetime | None = None
    """When its text last changed after publication."""
    revisions: int = 0
    """How many revisions are kept, whoever may see them."""
    publish_at: datetime | None = None
    """When a scheduled one is to be published."""
    editor: PersonRef | None = None
    """Whom its review is assigned to; told to authors and editors."""
    due_on: date | None = None


class ContributionSummary(Answer):
    """A contribution in a list."""

    id: str
    version: int
    state: str
    kind: str
    language: str
    title: str
    summary: str
    themes: list[str]
    territories: list[str]
    authors: list[PersonRef]
    reading_minutes: int
    url: str
    updated_at: datetime
    published_at: datetime | None
    publish_at: datetime | None = None
    editor: PersonRef | None = None
    due_on: date | None = None


class ContributionPage(Answer):
    """A page of a list; ``next`` is the cursor of the page after it."""

    items: list[ContributionSummary]
    next: str | None


class PublishedAddress(Answer):
    """Where a published contribution is read."""

    id: str
    url: str
    """Path on the site."""
    updated_at: datetime


class PublishedAddresses(Answer):
    """Some of them, in the order of their ids; ``next`` is the id after which more follow."""

    items: list[PublishedAddress]
    next: str | None


class AddressParts(Answer):
    """The published contributions in parts of equal size: the first id of each."""

    starts: list[str]


class PastStep(Answer):
    """A transition that happened."""

    at: datetime
    action: str
    reason: str | None = None


class History(Answer):
    """A contribution's transitions, oldest first."""

    items: list[PastStep]


class RevisionSummary(Answer):
    """The text as it was submitted, published or corrected."""

    number: int
    at: datetime
    occasion: str
    title: str
    reason: str | None = None
    """Of a correction: what readers are told."""
    by: PersonRef | None = None
    """Told to authors and editors only."""


class Revisions(Answer):
    """A page of revisions, newest first."""

    items: list[RevisionSummary]
    next: str | None


class Revision(RevisionSummary):
    """A revision, whole."""

    summary: str
    body: str
    body_html: str


class ComparedParagraph(Answer):
    """A paragraph of either text or of both: ``same``, ``gone``, ``new`` or ``changed``."""

    kind: str
    html: str
    """Escaped; what is gone in ``<del>``, what is new in ``<ins>``."""


class Comparison(Answer):
    """What changed between two texts."""

    title: list[ComparedParagraph]
    summary: list[ComparedParagraph]
    text: list[ComparedParagraph]


class RevisionDiff(Comparison):
    """What changed from one revision to another."""

    before: RevisionSummary
    after: RevisionSummary


class PlainText(Answer):
    """A text to be compared."""

    title: str
    summary: str
    body: str


class Comment(Answer):
    """What an editor said about a passage, or about the whole."""

    id: str
    at: datetime
    by: PersonRef
    body: str
    exact: str
    start: int | None
    """Where the passage is in the text; None when it has changed, or for the whole."""
    resolved_at: datetime | None


class Comments(Answer):
    """A page of comments, oldest first."""

    items: list[Comment]
    next: str | None


class Draft(Answer):
    """What a writer writes."""

    kind: str
    language: str
    title: str
    summary: str = ""
    body: str = ""
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()


class Preview(Answer):
    """Markdown as readers will see it."""

    html: str
    reading_minutes: int


class Themes(Answer):
    """All themes in use; ``moved`` leads from those that were merged to their successors."""

    items: list[Theme]
    moved: dict[str, str] = Field(default_factory=dict)


class Territories(Answer):
    """All territories in use; ``moved`` leads from those that were merged to their successors."""

    items: list[Territory]
    moved: dict[str, str] = Field(default_factory=dict)


Collection = Literal["themes", "territories"]
"""Which labels are meant; a theme is answered as a territory without a parent and a code."""


def etag(version: int) -> str:
    """The entity tag of a version, as services write and read it."""
    return f'"{version}"'


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
            headers={"If-Match": etag(version)},
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
            headers={"If-Match": etag(version)},
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
            headers={"If-Match": etag(version)},
        )

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
            headers={"If-Match": etag(version)},
        )

    async def merge_label(self, collection: Collection, id: str, version: int, into: str, *, token: str) -> Territory:
        """Retire one in favour of another, which is answered. Raises ServiceProblem 403, 404, 410, 412, 422."""
        return await self.send(
            Territory,
            "POST",
            f"/api/{collection}/{quote(id, safe='')}/merge",
            json={"into": into},
            token=token,
            headers={"If-Match": etag(version)},
        )
