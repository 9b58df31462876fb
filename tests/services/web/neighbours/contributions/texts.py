"""Contributions and their life, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from services.contributions.schemas.sources import SourceIn
from services.contributions.sources import link_of
from shared.clients.base import ServiceProblem
from shared.clients.contributions import (
    AddressParts,
    Contribution,
    ContributionPage,
    ContributionSummary,
    Draft,
    Preview,
    PublishedAddress,
    PublishedAddresses,
    Source,
    SourceDraft,
)
from tests.services.web.neighbours.contributions.playing import Playing
from tests.services.web.neighbours.words import markdown, problem

TARGETS = {
    "submit": "submitted",
    "recall": "draft",
    "publish": "published",
    "schedule": "scheduled",
    "unschedule": "submitted",
    "return": "changes_requested",
    "withdraw": "withdrawn",
}


def as_list(value: object) -> list[Any]:
    assert isinstance(value, list | tuple)
    return list(value)


def sources(drafts: Sequence[SourceDraft]) -> list[Source]:
    """Sources as the contributions service keeps them; it refuses a DOI that is none."""
    kept: list[Source] = []
    for place, one in enumerate(drafts):
        try:
            read = SourceIn.model_validate(one.model_dump()).model_dump()
        except ValidationError as error:
            raise problem(
                422,
                "invalid",
                *((f"sources.{place}.{'.'.join(map(str, at['loc']))}".rstrip("."), at["msg"]) for at in error.errors()),
            ) from None
        kept.append(Source(**read, link=link_of(read)))
    return kept


class FakeTexts(Playing):
    """Written, read, changed, moved through their states, listed."""

    async def create(self, draft: Draft, *, token: str, key: str | None = None) -> Contribution:
        self.world.asked("contributions", "create")
        account = self.world.whose(token)
        assert account is not None
        if draft.kind != "idea" and not {"expert", "editor", "admin"} & set(account.roles):
            raise problem(403)
        if key in self.world.created_keys:
            id, of = self.world.created_keys[key or ""]
            if of != draft:
                made = {"location": f"/api/contributions/{id}", "etag": '"1"'}
                raise ServiceProblem(422, "urn:demain:problem:idempotency-key-reused", "another body", extra=made)
            return self.world.seen_by(self.world.contributions[id], account)
        kept = sources(draft.sources)
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
        made = self.world.contributions[made.id] = made.model_copy(update={"sources": kept})
        if key:
            self.world.created_keys[key] = (made.id, draft)
        if "contributions.create is not answered" in self.world.failing:
            raise self.world.failing["contributions.create is not answered"]
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
        if "sources" in changes:
            changes["sources"] = sources([SourceDraft.model_validate(one) for one in as_list(changes["sources"])])
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
