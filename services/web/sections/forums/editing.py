"""Opening a forum, and changing it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import _, current
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.forums.access import CHANGED, ROLES, may_save, organized, refusals, say, version_of
from services.web.sections.forums.states import sentence
from services.web.sections.forums.words import FORUM_LABELS, FORUM_REFUSALS, ZONES
from services.web.vocabulary import LANGUAGES
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, Forum, ForumDraft

router = APIRouter(route_class=PageRoute)

LIMITS = {"title": 200, "summary": 600, "description": 100_000, "venue": 200, "link": 500, "acronym": 60}
"""Characters the fields take on screen; the events service has the last word."""


@dataclass
class Written:
    """What stands in the form, as it was typed."""

    title: str = ""
    summary: str = ""
    description: str = ""
    starts_on: str = ""
    ends_on: str = ""
    zone: str = "Europe/Paris"
    venue: str = ""
    link: str = ""
    capacity: str = ""
    tracks: str = ""
    themes: list[str] = field(default_factory=list)
    territories: list[str] = field(default_factory=list)
    language: str = "fr"
    acronym: str = ""
    version: int = 0
    """The version it was made from; 0 for a new one."""
    key: str = ""
    """Idempotency key of a new one: sent twice, it is opened once."""

    @classmethod
    def of(cls, forum: Forum) -> Written:
        """A stored forum, to be changed."""
        return cls(
            title=forum.title,
            summary=forum.summary,
            description=forum.description,
            starts_on=forum.starts_on.isoformat(),
            ends_on=forum.ends_on.isoformat(),
            zone=forum.zone,
            venue=forum.venue,
            link=forum.link or "",
            capacity="" if forum.capacity is None else str(forum.capacity),
            tracks="\n".join(forum.tracks),
            themes=list(forum.themes),
            territories=list(forum.territories),
            language=forum.language,
            acronym=forum.acronym or "",
            version=forum.version,
        )

    @classmethod
    def posted(cls, form: Posted) -> Written:
        """What was sent."""
        texts = {name: form.text(name) for name in FORUM_LABELS if name not in ("themes", "territories")}
        return cls(
            **texts,
            themes=form.several("themes"),
            territories=form.several("territories"),
            version=version_of(form),
            key=form.text("key"),
        )

    def errors(self) -> dict[str, str]:
        """What can be said without asking the service."""
        errors: dict[str, str] = {}
        if not self.title:
            errors["title"] = say(FORUM_REFUSALS, "title")
        first, last = _day(self.starts_on), _day(self.ends_on)
        if first is None:
            errors["starts_on"] = say(FORUM_REFUSALS, "starts_on")
        if last is None or (first is not None and last < first):
            errors["ends_on"] = say(FORUM_REFUSALS, "ends_on")
        if self.capacity and not (self.capacity.isdecimal() and 1 <= len(self.capacity) <= 7 and int(self.capacity)):
            errors["capacity"] = say(FORUM_REFUSALS, "capacity")
        if self.language not in LANGUAGES:
            errors["language"] = say(FORUM_REFUSALS, "language")
        for name, limit in LIMITS.items():
            length = len(getattr(self, name))
            if length > limit:
                errors[name] = _(
                    "%(excess)d signes de trop : ce champ en prend %(limit)d.", excess=length - limit, limit=limit
                )
        return errors

    def draft(self) -> ForumDraft:
        """As the events service takes it; only for what has no errors."""
        return ForumDraft(
            language=self.language,
            title=self.title,
            summary=self.summary,
            description=self.description,
            venue=self.venue,
            link=self.link or None,
            zone=self.zone or "Europe/Paris",
            starts_on=date.fromisoformat(self.starts_on),
            ends_on=date.fromisoformat(self.ends_on),
            themes=tuple(self.themes),
            territories=tuple(self.territories),
            tracks=tuple(line.strip() for line in self.tracks.splitlines() if line.strip()),
            capacity=int(self.capacity) if self.capacity else None,
            acronym=self.acronym or None,
        )

    def differs(self, stored: Forum) -> list[tuple[str, str]]:
        """Label and stored text of each field that says something else here."""
        there = Written.of(stored)
        return [
            (label, ", ".join(value) if isinstance(value, list) else value)
            for name, label in FORUM_LABELS.items()
            if (value := getattr(there, name)) != getattr(self, name)
        ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@router.get("/forums/nouveau")
async def new(page: CurrentPage) -> Response:
    """An empty form, for organizers."""
    await page.needed_token()
    page.need_role(*ROLES)
    return await _show(page, Written(language=current(), key=secrets.token_urlsafe(16)))


@router.post("/forums/nouveau")
async def create(page: CurrentPage, form: PostedForm) -> Response:
    """Keep it as a draft; its rooms and sessions follow."""
    written = Written.posted(form)
    token, errors = await may_save(page, form)
    if page.visitor is not None:
        page.need_role(*ROLES)
    errors = errors or written.errors()
    if token is None or errors:
        return await _show(page, written, errors=errors)
    try:
        made = await page.client(EventsClient).create(written.draft(), token=token, key=written.key or None)
    except (ServiceProblem, ServiceDown) as problem:
        return await _show(page, written, errors=refusals(problem, FORUM_REFUSALS))
    return page.go(page.href(f"/forums/{made.id}/salles"), notice="forum-kept")


@router.get("/forums/{id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID) -> Response:
    """The form with a stored forum."""
    forum, _token = await organized(page, id)
    return await _show(page, Written.of(forum), stored=forum)


@router.post("/forums/{id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Keep the changes if nobody changed it since; if somebody did, say what they wrote."""
    written = Written.posted(form)
    token, errors = await may_save(page, form)
    if token is None:
        return await _show(page, written, errors=errors)
    try:
        forum, token = await organized(page, id)
    except SignInNeeded:
        return await _show(page, written, errors=errors)
    errors = errors or written.errors()
    if errors:
        return await _show(page, written, stored=forum, errors=errors)
    try:
        made = await page.client(EventsClient).edit(
            forum.id, written.version, written.draft().model_dump(mode="json"), token=token
        )
    except (ServiceProblem, ServiceDown) as problem:
        if isinstance(problem, ServiceProblem) and problem.status == CHANGED:
            theirs = written.differs(forum)
            written.version = forum.version
            return await _show(page, written, stored=forum, theirs=theirs, status=409)
        return await _show(page, written, stored=forum, errors=refusals(problem, FORUM_REFUSALS))
    return page.go(page.href(made.url), notice="forum-changed")


async def _show(
    page: Page,
    written: Written,
    *,
    stored: Forum | None = None,
    errors: dict[str, str] | None = None,
    theirs: list[tuple[str, str]] | None = None,
    status: int | None = None,
) -> Response:
    context: dict[str, Any] = {
        "written": written,
        "forum": stored,
        "errors": errors or {},
        "theirs": theirs,
        "labels": FORUM_LABELS,
        "limits": LIMITS,
        "zones": ZONES,
        "sentence": sentence,
    }
    return await page.render("forums/editor.html", status=status or (422 if errors else 200), **context)
