"""Who reviews an application, in memory."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.clients.base import PersonRef, ServiceProblem
from shared.clients.partners import Conflicts, Evaluation, MyReviews, Reviewer, Reviewers, Reviews
from tests.services.web.neighbours.partners.playing import Playing
from tests.services.web.neighbours.words import problem


class FakeReviews(Playing):
    """Assigned unless in conflict."""

    async def reviewers(self, application: str, *, token: str) -> Reviewers:
        known, _account = self._asked("reviewers", token)
        items = known.reviewers.get(application, [])
        return Reviewers(items=items, evaluation=Evaluation(assigned=len(items), submitted=0, total=None), next=None)

    async def assign_reviewer(self, application: str, person: str, *, token: str) -> Reviewers:
        known, _account = self._asked("assign_reviewer", token)
        if person in known.conflicts:
            raise ServiceProblem(
                409, "urn:demain:problem:conflict-of-interest", "conflict", extra={"interest": known.conflicts[person]}
            )
        account = next((one for one in self.world.accounts.values() if one.id == person), None)
        if account is None:
            raise problem(422, "invalid", ("person", "nobody is known by this id"))
        who = PersonRef(id=person, name=account.name)
        made = Reviewer(person=who, at=datetime.now(UTC), conflict=None, review=None)
        known.reviewers.setdefault(application, []).append(made)
        return await self.reviewers(application, token=token)

    async def reviews(self, application: str, *, token: str, cursor: str | None = None, limit: int = 20) -> Reviews:
        known, _account = self._asked("reviews", token)
        return Reviews(items=known.reviews.get(application, []), next=None)

    async def conflicts(self, application: str, *, token: str) -> Conflicts:
        self._asked("conflicts", token)
        return Conflicts(items=[], next=None)

    async def my_reviews(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyReviews:
        self._asked("my_reviews", token)
        return MyReviews(items=[], next=None)
