"""Calls and what applies to them, in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.clients.base import ServiceProblem
from shared.clients.partners import (
    Application,
    ApplicationCounts,
    ApplicationHistory,
    ApplicationPage,
    ApplicationStep,
    ApplicationSummary,
    Call,
    CallPage,
    Changes,
    NewApplication,
)
from tests.services.web.neighbours.partners.playing import Playing, fits, some
from tests.services.web.neighbours.words import problem


def _summary(one: Application) -> ApplicationSummary:
    return ApplicationSummary(**{name: getattr(one, name, None) for name in ApplicationSummary.model_fields})


class FakeApplications(Playing):
    """Calls read; applications written, handed in, counted."""

    async def read_call(self, id: str, *, token: str | None = None) -> Call:
        known, account = self._asked("read_call", token)
        found = known.calls.get(id)
        if found is None:
            raise problem(404)
        if found.state == "withdrawn":
            raise problem(410, "gone", reason=found.withdrawal_reason)
        runs = account is not None and "organizer" in account.roles
        actions = ["edit", "read_applications", "close"] if runs else []
        if account is not None and found.phase == "open":
            actions.append("apply")
        return found.model_copy(update={"actions": actions})

    async def calls(self, *, cursor: str | None = None, limit: int = 20, **chosen: Any) -> CallPage:
        known, _account = self._asked("calls", chosen.pop("token", None))
        chosen.pop("mine", None)
        shown = [one for one in known.calls.values() if one.state in ("published", "closed") and fits(one, chosen)]
        items, next = some(shown, cursor, limit)
        return CallPage(items=list(items), next=next)

    async def apply(self, call: str, new: NewApplication, *, token: str, key: str | None = None) -> Application:
        known, _account = self._asked("apply", token)
        return known.application(known.calls[call], known.organizations[new.organization])

    async def application(self, id: str, *, token: str) -> Application:
        known, _account = self._asked("application", token)
        if id not in known.applications:
            raise problem(404)
        return known.applications[id]

    async def edit_application(self, id: str, version: int, changes: Changes, *, token: str) -> Application:
        known, _account = self._asked("edit_application", token)
        found = known.applications[id]
        if found.version != version:
            raise problem(412)
        known.applications[id] = found.model_copy(update={**changes, "contact": found.contact, "version": version + 1})
        return known.applications[id]

    async def move_application(
        self, id: str, version: int, action: str, *, token: str, reason: str | None = None, contact: str | None = None
    ) -> Application:
        known, _account = self._asked("move_application", token)
        found = known.applications[id]
        if found.call.deadline is not None and found.call.deadline <= datetime.now(UTC):
            raise ServiceProblem(409, "urn:demain:problem:deadline-passed", "late")
        if not found.title:
            raise problem(422, "incomplete", ("title", "is missing"), ("proposal", "is missing"))
        state = {"submitted_at": datetime.now(UTC), "state": "submitted", "next_step": "review_begins"}
        known.applications[id] = found.model_copy(update={**state, "actions": ["withdraw"]})
        return known.applications[id]

    async def applications(
        self, call: str, *, token: str, state: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> ApplicationPage:
        known, _account = self._asked("applications", token)
        shown = [one for one in known.applications.values() if one.state != "draft" and state in (None, one.state)]
        items, next = some([_summary(one) for one in shown], cursor, limit)
        return ApplicationPage(items=items, next=next)

    async def application_counts(self, call: str, *, token: str) -> ApplicationCounts:
        known, _account = self._asked("application_counts", token)
        states = [one.state for one in known.applications.values() if one.state != "draft"]
        return ApplicationCounts(counts={state: states.count(state) for state in set(states)})

    async def my_applications(
        self, *, token: str, cursor: str | None = None, limit: int = 20, **_: Any
    ) -> ApplicationPage:
        known, account = self._asked("my_applications", token)
        mine = [one for one in known.applications.values() if self._mine(known, account, one.organization.id)]
        return ApplicationPage(items=[_summary(one) for one in mine], next=None)

    async def application_history(self, id: str, *, token: str) -> ApplicationHistory:
        known, _account = self._asked("application_history", token)
        one = known.applications[id]
        step = {"at": one.updated_at, "action": "submit", "before": "draft", "after": "submitted", "reason": None}
        steps = [ApplicationStep(**step, by_applicant=True, by=None)] if one.submitted_at else []
        return ApplicationHistory(items=steps)
