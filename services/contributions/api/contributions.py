"""Contributions and their life: parse, call one command or query, answer."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response, status

from services.contributions.commands import contributions as commands
from services.contributions.queries import contributions as queries
from services.contributions.queries.contributions import Wanted
from services.contributions.rendering import render
from services.contributions.schemas.contributions import (
    AddressesOut,
    AddressPartsOut,
    ContributionOut,
    DraftIn,
    EditIn,
    Kind,
    PageOut,
    PreviewIn,
    PreviewOut,
    StepsOut,
    TransitionIn,
)
from services.contributions.schemas.fields import Language
from services.contributions.workflow import State
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.preconditions import IfMatch
from shared.http.problems import CONFLICT, FORBIDDEN, GONE
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


Label = Annotated[str | None, Query(max_length=60)]


@router.post("/api/contributions", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN)
async def create(
    draft: DraftIn, actor: SignedIn, session: Session, resources: Resources, response: Response
) -> ContributionOut:
    """Start a draft; everybody may have an idea, the other kinds are for experts and editors."""
    rendered = await resources.cpu.run(render, draft.body)
    created = await commands.create(session, actor, draft, rendered)
    response.headers["Location"] = f"/api/contributions/{created.id}"
    return await queries.whole(session, actor, created)


@router.get("/api/contributions")
async def page(
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    state: State | Literal["any"] = State.PUBLISHED,
    kind: Kind | None = None,
    language: Language | None = None,
    theme: Label = None,
    territory: Label = None,
    author: UUID | None = None,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> PageOut:
    """Published contributions, newest first; other states show what the bearer may read."""
    found = await queries.page(session, viewer, Wanted(state, kind, language, theme, territory, author), cursor, limit)
    link_next(request, response, found.next)
    return found


@router.post("/api/contributions/previews", dependencies=[limited("preview", 120, 60)])
async def preview(draft: PreviewIn, _: SignedIn, resources: Resources) -> PreviewOut:
    """Markdown as readers would see it; nothing is kept."""
    rendered = await resources.cpu.run(render, draft.body)
    return PreviewOut(html=rendered.html, reading_minutes=rendered.minutes)


@router.get("/api/contributions/addresses")
async def addresses(
    _: Anyone, session: Session, start: UUID | None = None, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
) -> AddressesOut:
    """Where published contributions are read, all of them bit by bit, for sitemaps."""
    return await queries.addresses(session, start, limit)


@router.get("/api/contributions/addresses/parts", dependencies=[limited("address-parts", 60, 60)])
async def address_parts(
    _: Anyone, session: Session, size: Annotated[int, Query(ge=100, le=50_000)] = 20_000
) -> AddressPartsOut:
    """Where each part of them begins."""
    return await queries.address_parts(session, size)


@router.get("/api/contributions/{id}")
@failing(GONE)
async def read(id: UUID, viewer: Anyone, session: Session) -> ContributionOut:
    """One contribution; 410 once it was withdrawn."""
    return await queries.read(session, viewer, id)


@router.patch("/api/contributions/{id}")
@failing(FORBIDDEN)
async def edit(
    id: UUID, changes: EditIn, actor: SignedIn, expected: IfMatch, session: Session, resources: Resources
) -> ContributionOut:
    """Change the text; what is not named stays."""
    rendered = None if changes.body is None else await resources.cpu.run(render, changes.body)
    edited = await commands.edit(session, actor, id, expected, changes, rendered)
    return await queries.whole(session, actor, edited)


@router.post("/api/contributions/{id}/transitions")
@failing(FORBIDDEN, CONFLICT)
async def move(id: UUID, asked: TransitionIn, actor: SignedIn, expected: IfMatch, session: Session) -> ContributionOut:
    """Submit, recall, return, publish (now or at an instant), unschedule or withdraw."""
    moved = await commands.move(session, actor, id, expected, asked.action, asked.reason, asked.at)
    return await queries.whole(session, actor, moved)


@router.get("/api/contributions/{id}/transitions")
async def steps(id: UUID, viewer: Anyone, session: Session) -> StepsOut:
    """Its life so far, with the reasons."""
    return await queries.steps(session, viewer, id)
