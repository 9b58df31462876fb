"""Speaks of reviewers, reviews and conflicts of interest."""

from __future__ import annotations

from shared.clients.base import if_match
from shared.clients.partners.applications import Conflict, Conflicts, MyReviews, Review, Reviewers, Reviews
from shared.clients.partners.asking import Asking, Changes


class AskingReviews(Asking):
    """Speaks of reviewers, reviews and conflicts of interest."""

    async def reviewers(self, application: str, *, token: str) -> Reviewers:
        """For who runs the call. Raises ServiceProblem 404."""
        return await self.get(Reviewers, f"/api/applications/{application}/reviewers", token=token)

    async def assign_reviewer(self, application: str, person: str, *, token: str) -> Reviewers:
        """Raises ServiceProblem 403, 404, 409 (``conflict-of-interest``, with ``interest``), 422."""
        path = f"/api/applications/{application}/reviewers"
        return await self.send(Reviewers, "POST", path, json={"person": person}, token=token)

    async def unassign_reviewer(self, application: str, person: str, *, token: str) -> None:
        """Raises ServiceProblem 403, 404, 409."""
        await self.call("DELETE", f"/api/applications/{application}/reviewers/{person}", token=token)

    async def reviews(self, application: str, *, token: str, cursor: str | None = None, limit: int = 20) -> Reviews:
        """Submitted ones for who runs the call, their own for reviewers. Raises ServiceProblem 404."""
        params = {"cursor": cursor, "limit": limit}
        return await self.get(Reviews, f"/api/applications/{application}/reviews", token=token, params=params)

    async def start_review(
        self, application: str, *, token: str, scores: dict[str, int] | None = None, text: str = ""
    ) -> Review:
        """Begin a draft. Raises ServiceProblem 403, 404, 409 (``review-exists``), 422."""
        path = f"/api/applications/{application}/reviews"
        return await self.send(Review, "POST", path, json={"scores": scores or {}, "text": text}, token=token)

    async def review(self, id: str, *, token: str) -> Review:
        """Raises ServiceProblem 404."""
        return await self.get(Review, f"/api/reviews/{id}", token=token)

    async def edit_review(self, id: str, version: int, changes: Changes, *, token: str) -> Review:
        """``scores`` (whole) and ``text`` of a draft. Raises ServiceProblem 404, 409, 412, 422."""
        return await self._change(Review, f"/api/reviews/{id}", version, changes, token)

    async def submit_review(self, id: str, version: int, *, token: str) -> Review:
        """Have it count. Raises ServiceProblem 404, 409, 412, 422 naming what is missing."""
        path = f"/api/reviews/{id}/transitions"
        return await self.send(Review, "POST", path, json={"action": "submit"}, token=token, headers=if_match(version))

    async def my_reviews(self, *, token: str, cursor: str | None = None, limit: int = 20) -> MyReviews:
        """What waits for the bearer's review, or has it; the last assigned first."""
        return await self.get(MyReviews, "/api/reviews/mine", token=token, params={"cursor": cursor, "limit": limit})

    async def declare_conflict(self, application: str, *, token: str, reason: str = "") -> Conflict:
        """The bearer has an interest in its organization. Raises ServiceProblem 403, 404."""
        path = f"/api/applications/{application}/conflicts"
        return await self.send(Conflict, "POST", path, json={"reason": reason}, token=token)

    async def conflicts(self, application: str, *, token: str) -> Conflicts:
        """Declared ones; for who runs the call. Raises ServiceProblem 404."""
        return await self.get(Conflicts, f"/api/applications/{application}/conflicts", token=token)
