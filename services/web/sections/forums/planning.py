"""Planning sessions: adding one, changing one; a room that is taken names who has it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.addresses import person_path
from services.web.errors import PageRoute
from services.web.forms import Posted, PostedForm
from services.web.language import _
from services.web.page import CurrentPage, Page, SignInNeeded
from services.web.sections.forums import times
from services.web.sections.forums.access import CHANGED, kept, may_save, organized, refusals, say, version_of
from services.web.sections.forums.conflicts import Conflict, conflicts_of
from services.web.sections.forums.programme import person, programme, rooms
from services.web.sections.forums.words import FORMATS, SESSION_LABELS, SESSION_REFUSALS, SPOKEN
from services.web.zones import wall
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.events import EventsClient, Forum, Room, Session, Speaker

router = APIRouter(route_class=PageRoute)

LIMITS = {"title": 200, "summary": 10_000, "description": 100_000, "format": 200}
"""Characters the fields take on screen; the events service has the last word."""
LONGEST = 7 * 24 * 60
"""Minutes."""

_PERSON = re.compile(r"\S*/personnes/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\S*")
"""The address of a person's page."""


def read_speakers(text: str) -> list[dict[str, str | None]]:
    """Who speaks, a line each: a name, and the address of their page here for who has one."""
    found: list[dict[str, str | None]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        known = _PERSON.search(line)
        name = " ".join(_PERSON.sub(" ", line).split()).strip(" ,;")
        found.append({"person": known[1].lower() if known else None, "name": name})
    return found


def write_speakers(speakers: Sequence[Speaker], page: Page) -> str:
    """The same back, as they are typed."""
    lines = []
    for one in speakers:
        known = person(one)
        lines.append(f"{one.name} {page.absolute(person_path(known))}".strip() if known else one.name)
    return "\n".join(lines)


@dataclass
class Written:
    """What stands in the form, as it was typed."""

    title: str = ""
    room: str = ""
    starts_at: str = ""
    """Wall time in the forum's zone."""
    minutes: str = "60"
    speakers: str = ""
    summary: str = ""
    description: str = ""
    track: str = ""
    format: str = ""
    language: str = "fr"
    version: int = 0
    """The version it was made from; 0 for a new one."""
    key: str = ""
    """Idempotency key of a new one: sent twice, it is added once."""

    @classmethod
    def of(cls, session: Session, page: Page) -> Written:
        """A stored session, to be changed."""
        return cls(
            title=session.title,
            room=session.room,
            starts_at=wall(session.begins_at, session.zone),
            minutes=str(session.minutes),
            speakers=write_speakers(session.speakers, page),
            summary=session.summary,
            description=session.description,
            track=session.track or "",
            format=session.format,
            language=session.language,
            version=session.version,
        )

    @classmethod
    def posted(cls, form: Posted) -> Written:
        """What was sent."""
        texts = {name: form.text(name) for name in SESSION_LABELS}
        return cls(**texts, version=version_of(form), key=form.text("key"))

    def errors(self, known: Sequence[Room]) -> dict[str, str]:
        """What can be said without asking the service."""
        errors: dict[str, str] = {}
        if not self.title:
            errors["title"] = say(SESSION_REFUSALS, "title")
        if self.room not in {one.id for one in known}:
            errors["room"] = say(SESSION_REFUSALS, "room")
        if _wall(self.starts_at) is None:
            errors["starts_at"] = say(SESSION_REFUSALS, "starts_at")
        if not (self.minutes.isdecimal() and len(self.minutes) <= 5 and 1 <= int(self.minutes) <= LONGEST):
            errors["minutes"] = say(SESSION_REFUSALS, "minutes")
        for name, limit in LIMITS.items():
            length = len(getattr(self, name))
            if length > limit:
                errors[name] = _(
                    "%(excess)d signes de trop : ce champ en prend %(limit)d.", excess=length - limit, limit=limit
                )
        return errors

    def fields(self, stored: Session | None = None) -> dict[str, object]:
        """As the events service takes them; only for what has no errors."""
        fields: dict[str, object] = {
            "title": self.title,
            "room": self.room,
            "minutes": int(self.minutes),
            "language": self.language,
            "format": self.format,
            "summary": self.summary,
            "description": self.description,
            "track": self.track or None,
            "speakers": read_speakers(self.speakers),
        }
        # An hour that comes twice is written alike both times: what was not touched is not said again.
        if stored is None or wall(stored.begins_at, stored.zone) != self.starts_at[:16]:
            fields["starts_at"] = self.starts_at
        return fields

    def differs(self, stored: Session, page: Page) -> list[tuple[str, str]]:
        """Label and stored text of each field that says something else here."""
        there = Written.of(stored, page)
        rooms = {stored.room: stored.room_name}
        return [
            (label, rooms.get(value, value))
            for name, label in SESSION_LABELS.items()
            if (value := getattr(there, name)) != getattr(self, name)
        ]


def _wall(text: str) -> datetime | None:
    """A wall time; None for what is none, or says an offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is None and "T" in text else None


@router.get("/forums/{id:uuid}/programme/nouvelle-session")
async def new(page: CurrentPage, id: UUID, salle: str = "", debut: str = "") -> Response:
    """An empty form; a forum without rooms needs one first."""
    forum, token = await organized(page, id)
    known = await rooms(page, forum, token)
    if not known:
        return page.go(page.href(f"/forums/{forum.id}/salles"), notice="room-first")
    written = Written(
        room=salle if salle in {one.id for one in known} else known[0].id,
        starts_at=debut if _wall(debut) else f"{forum.starts_on.isoformat()}T09:00",
        language=forum.language,
        key=secrets.token_urlsafe(16),
    )
    return await _show(page, forum, known, written)


@router.post("/forums/{id:uuid}/programme/nouvelle-session")
async def add(page: CurrentPage, form: PostedForm, id: UUID) -> Response:
    """Plan it, if its room is free."""
    try:
        forum, token = await organized(page, id)
    except SignInNeeded:
        return await kept(page, form, SESSION_LABELS)
    known, written = await rooms(page, forum, token), Written.posted(form)
    errors = (await may_save(page, form))[1] or written.errors(known)
    if errors:
        return await _show(page, forum, known, written, errors=errors)
    client = page.client(EventsClient)
    try:
        made = await client.add_session(forum.id, written.fields(), token=token, key=written.key or None)
    except (ServiceProblem, ServiceDown) as problem:
        return await _refused(page, forum, known, written, problem, token)
    return page.go(page.href(made.url), notice=_notice("session-added", made))


@router.get("/forums/{id:uuid}/programme/{session_id:uuid}/modifier")
async def edit(page: CurrentPage, id: UUID, session_id: UUID) -> Response:
    """The form with a stored session."""
    forum, token = await organized(page, id)
    session = await page.client(EventsClient).session(forum.id, str(session_id), token=token)
    known = await rooms(page, forum, token)
    return await _show(page, forum, known, Written.of(session, page), stored=session)


@router.post("/forums/{id:uuid}/programme/{session_id:uuid}/modifier")
async def change(page: CurrentPage, form: PostedForm, id: UUID, session_id: UUID) -> Response:
    """Keep the changes if its room is free and nobody changed it since."""
    try:
        forum, token = await organized(page, id)
    except SignInNeeded:
        return await kept(page, form, SESSION_LABELS)
    client = page.client(EventsClient)
    stored = await client.session(forum.id, str(session_id), token=token)
    known, written = await rooms(page, forum, token), Written.posted(form)
    errors = (await may_save(page, form))[1] or written.errors(known)
    if errors:
        return await _show(page, forum, known, written, stored=stored, errors=errors)
    try:
        made = await client.edit_session(forum.id, stored.id, written.version, written.fields(stored), token=token)
    except (ServiceProblem, ServiceDown) as problem:
        if isinstance(problem, ServiceProblem) and problem.status == CHANGED:
            theirs = written.differs(stored, page)
            written.version = stored.version
            return await _show(page, forum, known, written, stored=stored, theirs=theirs, status=409)
        return await _refused(page, forum, known, written, problem, token, stored=stored)
    return page.go(page.href(made.url), notice=_notice("session-changed", made))


def _notice(notice: str, made: Session) -> str:
    """A speaker in two places at once is worth a word, and no refusal."""
    return "speaker-twice" if made.warnings else notice


async def _refused(
    page: Page,
    forum: Forum,
    known: Sequence[Room],
    written: Written,
    problem: ServiceProblem | ServiceDown,
    token: str,
    *,
    stored: Session | None = None,
) -> Response:
    if isinstance(problem, ServiceProblem) and problem.status == 409:
        others = (await programme(page, forum, token)).sessions
        conflicts = conflicts_of(problem, others, stored.id if stored else None)
        if conflicts:
            said = _("La salle est prise à cette heure-là. Choisissez une autre salle ou une autre heure.")
            return await _show(
                page, forum, known, written, stored=stored, errors={"room": said}, conflicts=conflicts, status=409
            )
    return await _show(page, forum, known, written, stored=stored, errors=refusals(problem, SESSION_REFUSALS))


async def _show(
    page: Page,
    forum: Forum,
    known: Sequence[Room],
    written: Written,
    *,
    stored: Session | None = None,
    errors: dict[str, str] | None = None,
    conflicts: Sequence[Conflict] = (),
    theirs: list[tuple[str, str]] | None = None,
    status: int | None = None,
) -> Response:
    context: dict[str, Any] = {
        "forum": forum,
        "session": stored,
        "rooms": known,
        "written": written,
        "errors": errors or {},
        "conflicts": conflicts,
        "theirs": theirs,
        "labels": SESSION_LABELS,
        "limits": LIMITS,
        "formats": FORMATS,
        "spoken": SPOKEN if written.language in SPOKEN else {**SPOKEN, written.language: written.language},
        "longest": LONGEST,
        "times": times,
    }
    return await page.render("forums/planner.html", status=status or (422 if errors else 200), **context)
