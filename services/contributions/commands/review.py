"""Reviewing: comments on passages, and who reviews until when."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy, workflow
from services.contributions.anchoring import find
from services.contributions.schemas.review import AssignmentIn, CommentIn
from services.contributions.tables import AuthorName, Comment, Contribution, now
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http.preconditions import Expected
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem
from shared.storage.locks import lock

FURTHEST = timedelta(days=730)


async def comment(session: AsyncSession, actor: Principal, id: UUID, said: CommentIn) -> Comment:
    """Say something about a passage, or about the whole. Raises Problem 403, 404, 422."""
    contribution = await _discussed(session, actor, id)
    if not policy.is_editor(actor):
        raise Problem(FORBIDDEN, "Editors comment; authors resolve.")
    if said.exact.strip() and find(contribution.text, said.exact) is None:
        raise Problem(INVALID, errors=[("exact", "is not in the text as it is now; copy it from there")])
    made = Comment(contribution_id=id, revision=contribution.revisions, by=actor.id, **said.model_dump())
    session.add(made)
    await session.flush()
    return made


async def resolve(session: AsyncSession, actor: Principal, id: UUID, comment_id: UUID, resolved: bool) -> Comment:
    """Say that a comment is dealt with, or open it again; said twice it changes nothing. Raises Problem 404."""
    await _discussed(session, actor, id)
    found = await lock(session, Comment, comment_id)
    if found is None or found.contribution_id != id:
        raise Problem(NOT_FOUND, f"There is no comment {comment_id} on contribution {id}.")
    if resolved != (found.resolved_at is not None):
        found.resolved_at, found.resolved_by = (now(), actor.id) if resolved else (None, None)
        session.add(found)
        await session.flush()
    return found


async def assign(
    session: AsyncSession, actor: Principal, id: UUID, expected: Expected, asked: AssignmentIn
) -> Contribution:
    """Say which editor reviews it until when; an author who writes meanwhile is not disturbed.

    Raises Problem 403, 404, 409, 412, 422.
    """
    contribution = await _discussed(session, actor, id)
    if not policy.is_editor(actor):
        raise Problem(FORBIDDEN, "Editors assign reviews.")
    expected.check(contribution.version)
    if State(contribution.state) not in workflow.REVIEWED:
        raise Problem(CONFLICT, f"A contribution that is {contribution.state} is not under review.")
    if asked.editor not in (None, actor.id) and await session.get(AuthorName, asked.editor) is None:
        raise Problem(INVALID, errors=[("editor", "nobody is known by this id")])
    today = now().date()
    if asked.due_on is not None and not _yesterday(today) <= asked.due_on <= today + FURTHEST:
        raise Problem(INVALID, errors=[("due_on", f"choose a day to come, within {FURTHEST.days} days")])
    contribution.editor, contribution.due_on = asked.editor, asked.due_on
    session.add(contribution)
    await session.flush()
    return contribution


def _yesterday(today: date) -> date:
    """Where the day is already over in UTC it may not be where the editor is."""
    return today - timedelta(days=1)


async def _discussed(session: AsyncSession, actor: Principal, id: UUID) -> Contribution:
    contribution = await lock(session, Contribution, id)
    if contribution is None or not policy.may_discuss(actor, State(contribution.state), contribution.authors):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you to discuss.")
    return contribution
