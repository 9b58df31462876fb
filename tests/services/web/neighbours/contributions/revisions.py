"""What a contribution was, in memory."""

from __future__ import annotations

from shared.clients.contributions import Comparison, PlainText, Revision, RevisionDiff, Revisions
from tests.services.web.neighbours.contributions.playing import Playing
from tests.services.web.neighbours.words import compared, problem


class FakeRevisions(Playing):
    """Kept, read, compared."""

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
