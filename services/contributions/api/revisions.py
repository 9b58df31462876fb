"""Revisions of a contribution, and what changed between texts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from services.contributions.comparing import compared, compared_as_sent
from services.contributions.queries import revisions as queries
from services.contributions.rendering import render
from services.contributions.schemas.revisions import ComparisonIn, ComparisonOut, DiffOut, RevisionOut, RevisionsOut
from shared.http.access import Anyone, SignedIn
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.paging import CursorText, Limit, link_next
from shared.http.problems import GONE
from shared.http.rate_limits import limited
from shared.http.route import service_router
from shared.http.unit_of_work import Session

router = service_router()


Number = Annotated[int, Path(ge=1, le=queries.LAST_NUMBER)]


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
