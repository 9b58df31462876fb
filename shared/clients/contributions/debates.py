"""Client of debates: arguments, endorsements, reports and moderation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.clients.base import Answer, PersonRef, ServiceClient, if_match


class Tally(Answer):
    """How many arguments of each position, and how many replies, everybody may read."""

    arguments_for: int
    arguments_against: int
    arguments_nuance: int
    replies: int

    @property
    def arguments(self) -> int:
        """All positions together."""
        return self.arguments_for + self.arguments_against + self.arguments_nuance

    def of(self, position: str) -> int:
        """One position."""
        count: int = getattr(self, f"arguments_{position}")
        return count


class About(Answer):
    """The contribution a debate was opened on."""

    id: str
    title: str
    url: str


class DebateSummary(Answer):
    """A debate in a list."""

    id: str
    phase: str
    language: str
    question: str
    summary: str
    themes: list[str]
    territories: list[str]
    opens_at: datetime
    closes_at: datetime
    zone: str
    updated_at: datetime
    tally: Tally
    url: str


class Debate(DebateSummary):
    """A debate, whole."""

    version: int
    introduction: str
    introduction_html: str
    about: About | None
    opened_by: PersonRef
    said_at: datetime | None = None
    """When something was said in it last, whether it may still be read or not."""
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    actions: list[str]


class DebatePage(Answer):
    """A page of debates."""

    items: list[DebateSummary]
    next: str | None


class DebateRef(Answer):
    """The debate of an argument."""

    id: str
    question: str
    url: str
    phase: str


class Spoken(Answer):
    """An argument or a reply; without its words where they are hidden from the reader."""

    id: str
    version: int
    debate: DebateRef
    answers: str | None
    position: str | None
    state: str
    language: str
    body: str | None
    body_html: str | None
    author: PersonRef | None
    made_at: datetime
    edited_at: datetime | None
    hidden_at: datetime | None
    rule: str | None
    reason: str | None
    endorsements: int
    replies: int
    reports: int | None
    endorsed: bool
    mine: bool
    url: str
    actions: list[str]


class Argument(Spoken):
    """An argument with its first replies."""

    first_replies: list[Spoken]


class ArgumentPage(Answer):
    """A page of arguments."""

    items: list[Argument]
    next: str | None


class Recent(Answer):
    """Something that was said."""

    id: str
    answers: str | None
    made_at: datetime


class Recents(Answer):
    """What was said since an instant, oldest first."""

    items: list[Recent]


class EndorsementCount(Answer):
    """How many endorse an argument, and whether the bearer does."""

    argument: str
    endorsements: int
    endorsed: bool


class Report(Answer):
    """A report."""

    id: str
    argument: str
    rule: str
    note: str
    at: datetime
    settled_at: datetime | None
    outcome: str | None


class Reported(Report):
    """A report with what it is about."""

    about: Spoken


class ReportPage(Answer):
    """A page of reports."""

    items: list[Reported]
    next: str | None


class RuleRecord(Answer):
    """What was decided by one rule."""

    rule: str
    hidden: int
    restored: int


class ModerationRecord(Answer):
    """The public record of moderation."""

    rules: list[RuleRecord]
    dismissed: int
    waiting: int


class DebatesClient(ServiceClient):
    """Speaks to ``/api/debates``, ``/api/arguments``, ``/api/reports`` and ``/api/moderation``."""

    service = "contributions"

    async def open(
        self,
        question: str,
        closes_at: datetime,
        *,
        token: str,
        introduction: str = "",
        language: str = "fr",
        contribution: str | None = None,
        opens_at: datetime | None = None,
        themes: list[str] | None = None,
        territories: list[str] | None = None,
        zone: str = "Europe/Paris",
        key: str | None = None,
    ) -> Debate:
        """Open a debate, at once unless ``opens_at`` says when; the same ``key`` twice opens one.

        Raises ServiceProblem 403, 422.
        """
        asked: dict[str, Any] = {
            "question": question,
            "introduction": introduction,
            "language": language,
            "contribution": contribution,
            "themes": themes,
            "territories": territories,
            "opens_at": opens_at.isoformat() if opens_at else None,
            "closes_at": closes_at.isoformat(),
            "zone": zone,
        }
        headers = {"Idempotency-Key": key} if key else None
        return await self.send(Debate, "POST", "/api/debates", json=asked, token=token, headers=headers)

    async def page(
        self,
        *,
        phase: str = "any",
        contribution: str | None = None,
        theme: str | None = None,
        territory: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> DebatePage:
        """Debates ``open``, ``scheduled``, ``closed`` or ``any``."""
        params = {
            "phase": phase,
            "contribution": contribution,
            "theme": theme,
            "territory": territory,
            "cursor": cursor,
            "limit": limit,
        }
        return await self.get(DebatePage, "/api/debates", params=params)

    async def read(self, id: str, *, token: str | None = None) -> Debate:
        """Raises ServiceProblem 404, or 410 once it, or what it was opened on, was withdrawn."""
        return await self.get(Debate, f"/api/debates/{id}", token=token)

    async def edit(self, id: str, version: int, changes: dict[str, object], *, token: str) -> Debate:
        """Change fields of version ``version``. Raises ServiceProblem 403, 404, 409, 410, 412, 422."""
        headers = if_match(version)
        return await self.send(Debate, "PATCH", f"/api/debates/{id}", json=changes, token=token, headers=headers)

    async def transition(self, id: str, version: int, action: str, *, token: str, reason: str | None = None) -> Debate:
        """``close`` it now, or ``withdraw`` it. Raises ServiceProblem 403, 404, 409, 410, 412, 422."""
        return await self.send(
            Debate,
            "POST",
            f"/api/debates/{id}/transitions",
            json={"action": action, "reason": reason},
            token=token,
            headers=if_match(version),
        )

    async def arguments(
        self,
        debate: str,
        *,
        token: str | None = None,
        order: str = "endorsements",
        position: str | None = None,
        answers: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> ArgumentPage:
        """The arguments of a debate by ``endorsements``, ``newest`` or ``oldest``; or the replies to one."""
        params = {"order": order, "position": position, "answers": answers, "cursor": cursor, "limit": limit}
        return await self.get(ArgumentPage, f"/api/debates/{debate}/arguments", token=token, params=params)

    async def recent(self, debate: str, since: datetime, *, limit: int = 100) -> Recents:
        """What was said from an instant on, replies too, oldest first. Raises ServiceProblem 404, 410."""
        params = {"since": since.isoformat(), "limit": limit}
        return await self.get(Recents, f"/api/debates/{debate}/arguments/recent", params=params)

    async def argument(self, id: str, *, token: str | None = None) -> Argument:
        """One argument. Raises ServiceProblem 404, or 410 for what is not there any more."""
        return await self.get(Argument, f"/api/arguments/{id}", token=token)

    async def mine(
        self, *, token: str, hidden: bool = False, cursor: str | None = None, limit: int = 20
    ) -> ArgumentPage:
        """What the bearer said, newest first; with ``hidden`` only what moderators hid."""
        params = {"hidden": "true" if hidden else None, "cursor": cursor, "limit": limit}
        return await self.get(ArgumentPage, "/api/arguments", token=token, params=params)

    async def argue(
        self,
        debate: str,
        body: str,
        *,
        token: str,
        position: str | None = None,
        answers: str | None = None,
        key: str | None = None,
    ) -> Argument:
        """Argue, or reply to an argument. Raises ServiceProblem 404, 409 with ``phase``, 410, 422."""
        return await self.send(
            Argument,
            "POST",
            f"/api/debates/{debate}/arguments",
            json={"body": body, "position": position, "answers": answers},
            token=token,
            headers={"Idempotency-Key": key} if key else None,
        )

    async def reword(self, id: str, version: int, body: str, *, token: str) -> Argument:
        """Change what one said. Raises ServiceProblem 403, 404, 409, 410, 412, 422."""
        headers = if_match(version)
        return await self.send(
            Argument, "PATCH", f"/api/arguments/{id}", json={"body": body}, token=token, headers=headers
        )

    async def take_back(self, id: str, version: int, *, token: str) -> None:
        """Take back what one said. Raises ServiceProblem 403, 404, 410, 412."""
        await self.call("DELETE", f"/api/arguments/{id}", token=token, headers=if_match(version))

    async def endorse(self, id: str, *, token: str) -> EndorsementCount:
        """Endorse it; once, however often. Raises ServiceProblem 403, 404, 409, 410."""
        return await self.send(EndorsementCount, "PUT", f"/api/arguments/{id}/endorsement", token=token)

    async def endorse_no_longer(self, id: str, *, token: str) -> EndorsementCount:
        """Endorse it no longer. Raises ServiceProblem 403, 404, 409, 410."""
        return await self.send(EndorsementCount, "DELETE", f"/api/arguments/{id}/endorsement", token=token)

    async def report(self, argument: str, rule: str, *, token: str, note: str = "") -> Report:
        """Say that it breaks a rule. Raises ServiceProblem 403, 404, 409, 410, 422."""
        said = {"argument": argument, "rule": rule, "note": note}
        return await self.send(Report, "POST", "/api/reports", json=said, token=token)

    async def reports(
        self, *, token: str, settled: bool = False, cursor: str | None = None, limit: int = 20
    ) -> ReportPage:
        """What waits for moderators, oldest first; or what they decided. Raises ServiceProblem 403."""
        params = {"settled": "true" if settled else None, "cursor": cursor, "limit": limit}
        return await self.get(ReportPage, "/api/reports", token=token, params=params)

    async def moderate(
        self, id: str, action: str, *, token: str, rule: str | None = None, reason: str = ""
    ) -> Argument:
        """``hide``, ``restore`` or ``dismiss``. Raises ServiceProblem 403, 404, 409, 410, 422."""
        asked = {"action": action, "rule": rule, "reason": reason}
        return await self.send(Argument, "POST", f"/api/arguments/{id}/moderation", json=asked, token=token)

    async def record(self) -> ModerationRecord:
        """How often which rule was applied."""
        return await self.get(ModerationRecord, "/api/moderation")
