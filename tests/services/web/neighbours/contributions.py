"""The contributions service in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.contributions import (
    AddressParts,
    Collection,
    Comment,
    Comments,
    Comparison,
    Contribution,
    ContributionPage,
    ContributionsClient,
    ContributionSummary,
    Draft,
    PlainText,
    Preview,
    PublishedAddress,
    PublishedAddresses,
    Revision,
    RevisionDiff,
    Revisions,
    Territories,
    Territory,
    Themes,
)
from tests.services.web.neighbours.words import compared, markdown, plain, problem
from tests.services.web.neighbours.world import World

TARGETS = {
    "submit": "submitted",
    "recall": "draft",
    "publish": "published",
    "schedule": "scheduled",
    "unschedule": "submitted",
    "return": "changes_requested",
    "withdraw": "withdrawn",
}


class FakeContributions(ContributionsClient):
    def __init__(self, world: World) -> None:
        super().__init__("http://contributions.invalid")
        self.world = world

    async def create(self, draft: Draft, *, token: str, key: str | None = None) -> Contribution:
        self.world.asked("contributions", "create")
        account = self.world.whose(token)
        assert account is not None
        if draft.kind != "idea" and not {"expert", "editor", "admin"} & set(account.roles):
            raise problem(403)
        if key in self.world.created_keys:
            return self.world.seen_by(self.world.contributions[self.world.created_keys[key or ""]], account)
        made = self.world.write(
            account,
            draft.title,
            state="draft",
            kind=draft.kind,
            summary=draft.summary,
            body=draft.body,
            themes=list(draft.themes),
            territories=list(draft.territories),
            language=draft.language,
            age=timedelta(0),
        )
        if key:
            self.world.created_keys[key] = made.id
        return self.world.seen_by(made, account)

    async def read(self, id: str, *, token: str | None = None) -> Contribution:
        self.world.asked("contributions", "read")
        account = self.world.whose(token)
        found = self.world.contributions.get(id)
        if found is None:
            raise problem(404)
        if found.state == "withdrawn":
            raise problem(410, "gone", reason=found.withdrawal_reason)
        if found.state != "published" and not self.world.actions(found, account):
            mine = account is not None and account.id in {one.id for one in found.authors}
            if not mine:
                raise problem(404)
        return self.world.seen_by(found, account)

    async def edit(self, id: str, version: int, changes: dict[str, object], *, token: str) -> Contribution:
        self.world.asked("contributions", "edit")
        account = self.world.whose(token)
        found = self.world.contributions[id]
        if "edit" not in self.world.actions(found, account):
            raise problem(403)
        if found.version != version:
            raise problem(412)
        body = str(changes.get("body", found.body))
        reason = changes.get("reason")
        if found.state == "published" and not reason:
            raise problem(422, "invalid", ("reason", "say why"))
        changes = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in changes.items()
            if name != "reason"
        }
        update = {**changes, "version": version + 1, "body_html": markdown(body), "updated_at": datetime.now(UTC)}
        made = self.world.contributions[id] = found.model_copy(update=update)
        if made.state == "published":
            made = self.world.keep(made, "corrected", reason=str(reason))
        return self.world.seen_by(made, account)

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
        self.world.asked("contributions", "transition")
        account = self.world.whose(token)
        found = self.world.contributions[id]
        if action not in self.world.actions(found, account):
            raise problem(409)
        if found.version != version:
            raise problem(412)
        now = datetime.now(UTC)
        if action in ("return", "withdraw") and not reason:
            raise problem(422, "invalid", ("reason", "say why"))
        if action == "schedule" and (at is None or at <= now):
            raise problem(422, "invalid", ("at", "choose an instant to come"))
        state = TARGETS[action]
        self.world.steps.setdefault(id, []).append({"at": now, "action": action, "reason": reason})
        update: dict[str, object] = {"state": state, "version": version + 1, "updated_at": now, "publish_at": at}
        if state == "published":
            update["published_at"] = now
        if state == "submitted":
            update["submitted_at"] = now
        if state == "withdrawn":
            update |= {"withdrawn_at": now, "withdrawal_reason": reason}
        made = self.world.contributions[id] = found.model_copy(update=update)
        if state in ("submitted", "published"):
            made = self.world.keep(made, state)
        return self.world.seen_by(made, account)

    def _revisions(self, id: str, token: str | None) -> list[Revision]:
        account, found = self.world.whose(token), self.world.contributions.get(id)
        if found is None:
            raise problem(404)
        inside = account is not None and (
            account.id in {one.id for one in found.authors} or bool({"editor", "admin"} & set(account.roles))
        )
        return [one for one in self.world.revisions.get(id, []) if inside or one.occasion != "submitted"]

    async def revisions(
        self, id: str, *, token: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> Revisions:
        self.world.asked("contributions", "revisions")
        kept = self._revisions(id, token)[::-1]
        start = int(cursor or 0)
        more = str(start + limit) if start + limit < len(kept) else None
        return Revisions(items=list(kept[start : start + limit]), next=more)

    async def revision(self, id: str, number: int, *, token: str | None = None) -> Revision:
        self.world.asked("contributions", "revision")
        for one in self._revisions(id, token):
            if one.number == number:
                return one
        raise problem(404)

    async def diff(self, id: str, before: int, after: int, *, token: str | None = None) -> RevisionDiff:
        self.world.asked("contributions", "diff")
        old, new = [await self.revision(id, number, token=token) for number in (before, after)]
        return RevisionDiff(before=old, after=new, **dict(compared(old, new)))

    async def compare(self, before: PlainText, after: PlainText, *, token: str) -> Comparison:
        self.world.asked("contributions", "compare")
        return compared(before, after)

    async def comments(self, id: str, *, token: str, cursor: str | None = None) -> Comments:
        self.world.asked("contributions", "comments")
        account, found = self.world.whose(token), self.world.contributions[id]
        assert account is not None
        if account.id not in {one.id for one in found.authors} and not {"editor", "admin"} & set(account.roles):
            raise problem(404)
        located = [
            one.model_copy(update={"start": found.body.find(one.exact) if one.exact in found.body else None})
            for one in self.world.comments.get(id, [])
        ]
        return Comments(items=located, next=None)

    async def comment(
        self, id: str, body: str, *, token: str, exact: str = "", prefix: str = "", suffix: str = ""
    ) -> Comment:
        self.world.asked("contributions", "comment")
        account = self.world.whose(token)
        assert account is not None
        if not body:
            raise problem(422, "invalid", ("body", "write"))
        if exact not in self.world.contributions[id].body:
            raise problem(422, "invalid", ("exact", "not there"))
        by = PersonRef(id=account.id, name=account.name)
        at = datetime.now(UTC)
        made = Comment(id=str(uuid4()), at=at, by=by, body=body, exact=exact, start=None, resolved_at=None)
        self.world.comments.setdefault(id, []).append(made)
        return made

    async def resolve(self, id: str, comment: str, resolved: bool, *, token: str) -> Comment:
        self.world.asked("contributions", "resolve")
        said = self.world.comments[id]
        (at,) = [place for place, one in enumerate(said) if one.id == comment]
        said[at] = said[at].model_copy(update={"resolved_at": datetime.now(UTC) if resolved else None})
        return said[at]

    async def assign(
        self, id: str, version: int, editor: str | None, due_on: str | None, *, token: str
    ) -> Contribution:
        self.world.asked("contributions", "assign")
        account = self.world.whose(token)
        assert account is not None
        day = date.fromisoformat(due_on) if due_on else None
        if day is not None and day < datetime.now(UTC).date():
            raise problem(422, "invalid", ("due_on", "to come"))
        ref = PersonRef(id=editor, name=account.name) if editor else None
        made = self.world.contributions[id].model_copy(update={"editor": ref, "due_on": day})
        self.world.contributions[id] = made
        return made

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
        self.world.asked("contributions", "page")
        self.world.whose(token)
        found = [
            one
            for one in self.world.contributions.values()
            if one.state == (state or "published")
            and (kind is None or one.kind == kind)
            and (language is None or one.language == language)
            and (theme is None or theme in one.themes)
            and (territory is None or territory in one.territories)
            and (author is None or author in {person.id for person in one.authors})
        ]
        found.sort(key=lambda one: one.published_at or one.updated_at, reverse=True)
        start = int(cursor or 0)
        more = start + limit < len(found)
        return ContributionPage(
            items=[ContributionSummary.model_validate(one.model_dump()) for one in found[start : start + limit]],
            next=str(start + limit) if more else None,
        )

    async def preview(self, body: str, *, token: str) -> Preview:
        self.world.asked("contributions", "preview")
        self.world.whose(token)
        return Preview(html=markdown(body), reading_minutes=max(1, len(body.split()) // 200))

    async def get(self, model: Any, path: str, **options: Any) -> Any:
        """Only the history has no method of its own."""
        self.world.asked("contributions", "steps")
        return model.model_validate({"items": self.world.steps.get(path.split("/")[3], [])})

    def _addresses(self) -> list[PublishedAddress]:
        found = [one for one in self.world.contributions.values() if one.state == "published"]
        return [
            PublishedAddress(id=one.id, url=one.url, updated_at=one.updated_at)
            for one in sorted(found, key=lambda one: one.id)
        ]

    async def addresses(self, *, start: str | None = None, limit: int = 1000) -> PublishedAddresses:
        self.world.asked("contributions", "addresses")
        found = [one for one in self._addresses() if one.id >= (start or "")]
        return PublishedAddresses(items=found[:limit], next=found[limit].id if len(found) > limit else None)

    async def address_parts(self, size: int) -> AddressParts:
        self.world.asked("contributions", "address_parts")
        return AddressParts(starts=[one.id for one in self._addresses()[::size]])

    async def themes(self) -> Themes:
        self.world.asked("contributions", "themes")
        return Themes(items=list(self.world.labels["themes"].values()), moved=self.world.moved["themes"])

    async def territories(self) -> Territories:
        self.world.asked("contributions", "territories")
        return Territories(items=list(self.world.labels["territories"].values()), moved=self.world.moved["territories"])

    def _label(self, collection: Collection, id: str) -> Territory:
        if id in self.world.moved[collection]:
            raise problem(410, moved_to=self.world.moved[collection][id])
        if id not in self.world.labels[collection]:
            raise problem(404)
        return self.world.labels[collection][id]

    def _editor(self, token: str | None) -> None:
        account = self.world.whose(token)
        if account is None or not {"editor", "admin"} & set(account.roles):
            raise problem(403)

    async def label(self, collection: Collection, id: str) -> Territory:
        self.world.asked("contributions", "label")
        return self._label(collection, id)

    async def add_label(self, collection: Collection, fields: dict[str, Any], *, token: str) -> Territory:
        self.world.asked("contributions", "add_label")
        self._editor(token)
        for language, name in fields["names"].items():
            if not name:
                raise problem(422, "invalid", (f"names.{language}", "write something here"))
        id = str(fields["id"] or plain(fields["names"]["fr"]).replace(" ", "-"))
        if id in self.world.labels[collection] or id in self.world.moved[collection]:
            raise ServiceProblem(409, "urn:demain:problem:id-taken", "taken")
        made = self.world.labels[collection][id] = Territory.model_validate({**fields, "id": id})
        return made

    async def edit_label(
        self, collection: Collection, id: str, version: int, changes: dict[str, Any], *, token: str
    ) -> Territory:
        self.world.asked("contributions", "edit_label")
        self._editor(token)
        found = self._label(collection, id)
        if found.version != version:
            raise problem(412)
        if changes.get("parent") == id:
            raise problem(422, "invalid", ("parent", "lies in itself"))
        made = found.model_copy(update={**changes, "version": version + 1})
        self.world.labels[collection][id] = made
        return made

    async def merge_label(self, collection: Collection, id: str, version: int, into: str, *, token: str) -> Territory:
        self.world.asked("contributions", "merge_label")
        self._editor(token)
        if self._label(collection, id).version != version:
            raise problem(412)
        if into == id or into not in self.world.labels[collection]:
            raise problem(422, "invalid", ("into", "choose another one"))
        del self.world.labels[collection][id]
        self.world.moved[collection][id] = into
        return self.world.labels[collection][into]


NEIGHBOUR = (ContributionsClient, FakeContributions)
