"""HTTP: parse, call one command or query, answer."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response, status

from services.contributions import queries, taxonomy_api
from services.contributions.commands import contributions as commands
from services.contributions.commands import review
from services.contributions.comparing import compared, compared_as_sent
from services.contributions.queries import Wanted
from services.contributions.rendering import render
from services.contributions.schemas import (
    AddressesOut,
    AddressPartsOut,
    AssignmentIn,
    CommentIn,
    CommentOut,
    CommentsOut,
    ComparisonIn,
    ComparisonOut,
    ContributionOut,
    DiffOut,
    DraftIn,
    EditIn,
    Kind,
    Language,
    PageOut,
    PreviewIn,
    PreviewOut,
    ResolutionIn,
    RevisionOut,
    RevisionsOut,
    StepsOut,
    TransitionIn,
)
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

router.include_router(taxonomy_api.router)

Number = Annotated[int, Path(ge=1, le=queries.LAST_NUMBER)]
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


@router.post("/api/contributions/comparisons", dependencies=[limited("comparison", 60, 60)])
async def compare(texts: ComparisonIn, _: SignedIn, resources: Resources) -> ComparisonOut:
    """What changed between two texts; nothing is kept."""
    return await resources.cpu.run(compared_as_sent, texts.before, texts.after)


@router.get("/api/contributions/{id}/revisions")
@failing(GONE)
async def revisions(
    id: UUID,
    viewer: Anyone,
    session: Session,
    request: Request,
    response: Response,
    cursor: CursorText = None,
    limit: Limit = 20,
) -> RevisionsOut:
    """Its revisions, newest first: since publication for everybody, all of them for its authors and editors."""
    found = await queries.revisions(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return found


@router.get("/api/contributions/{id}/revisions/{number}")
@failing(GONE)
async def revision(id: UUID, number: Number, viewer: Anyone, session: Session, resources: Resources) -> RevisionOut:
    """One revision, whole."""
    ((summary, kept),) = await queries.revision(session, viewer, id, number)
    rendered = await resources.cpu.run(render, kept.body)
    return RevisionOut(**summary.model_dump(), summary=kept.summary, body=kept.body, body_html=rendered.html)


@router.get("/api/contributions/{id}/revisions/{before}/diff/{after}", dependencies=[limited("revision-diff", 120, 60)])
@failing(GONE)
async def diff(
    id: UUID, before: Number, after: Number, viewer: Anyone, session: Session, resources: Resources
) -> DiffOut:
    """What changed in the text from one revision to another, paragraph by paragraph."""
    (old, old_text), (new, new_text) = await queries.revision(session, viewer, id, before, after)
    changes = await resources.cpu.run(compared, old_text, new_text)
    return DiffOut(before=old, after=new, title=changes.title, summary=changes.summary, text=changes.text)


@router.get("/api/contributions/{id}/comments")
async def comments(
    id: UUID,
    viewer: SignedIn,
    session: Session,
    request: Request,
    response: Response,
    resources: Resources,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> CommentsOut:
    """What editors said about passages, oldest first; for its authors and editors."""
    found = await queries.comments(session, viewer, id, cursor, limit)
    link_next(request, response, found.next)
    return await resources.cpu.run(found.located)


@router.post("/api/contributions/{id}/comments", status_code=status.HTTP_201_CREATED)
@failing(FORBIDDEN)
async def comment(id: UUID, said: CommentIn, actor: SignedIn, session: Session, resources: Resources) -> CommentOut:
    """Comment on a passage, or on the whole."""
    made = await review.comment(session, actor, id, said)
    found = await queries.one_comment(session, made)
    return (await resources.cpu.run(found.located)).items[0]


@router.post("/api/contributions/{id}/comments/{comment_id}/resolution")
async def resolve(
    id: UUID, comment_id: UUID, said: ResolutionIn, actor: SignedIn, session: Session, resources: Resources
) -> CommentOut:
    """Say that a comment is dealt with, or open it again."""
    found = await queries.one_comment(session, await review.resolve(session, actor, id, comment_id, said.resolved))
    return (await resources.cpu.run(found.located)).items[0]


@router.put("/api/contributions/{id}/assignment")
@failing(FORBIDDEN, CONFLICT)
async def assign(
    id: UUID, asked: AssignmentIn, actor: SignedIn, expected: IfMatch, session: Session
) -> ContributionOut:
    """Say which editor reviews it, until when."""
    return await queries.whole(session, actor, await review.assign(session, actor, id, expected, asked))
