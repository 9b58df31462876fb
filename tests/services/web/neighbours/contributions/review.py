"""Comments of editors and authors, and who looks after what, in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from shared.clients.base import PersonRef
from shared.clients.contributions import Comment, Comments, Contribution
from tests.services.web.neighbours.contributions.playing import Playing
from tests.services.web.neighbours.words import problem


class FakeReview(Playing):
    """Said at a place, resolved; an editor assigned."""

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
        known = {one.id: one.name for one in self.world.accounts.values()}
        if editor is not None and editor not in known:
            raise problem(422, "invalid", ("editor", "nobody"))
        ref = PersonRef(id=editor, name=known[editor]) if editor else None
        made = self.world.contributions[id].model_copy(update={"editor": ref, "due_on": day})
        self.world.contributions[id] = made
        return made
