"""Comments, with where their passages are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import select as select_entity
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import policy
from services.contributions.anchoring import find
from services.contributions.queries.contributions import C
from services.contributions.queries.people import author_names
from services.contributions.schemas.fields import PersonOut
from services.contributions.schemas.review import CommentOut, CommentsOut
from services.contributions.tables import Comment
from services.contributions.workflow import State
from shared.auth.principal import Principal
from shared.http import paging
from shared.http.problems import NOT_FOUND, Problem
from shared.storage.tables import table_of


async def comments(session: AsyncSession, viewer: Principal, id: UUID, cursor: str | None, limit: int) -> CommentPage:
    """Comments, oldest first, with the text they are about. Raises Problem 404."""
    row = (await session.execute(select(C.state, C.authors, C.text).where(C.id == id))).one_or_none()
    if row is None or not policy.may_discuss(viewer, State(row.state), row.authors):
        raise Problem(NOT_FOUND, f"There is no contribution {id} for you to discuss.")
    table: Any = table_of(Comment)
    query = select_entity(Comment).where(table.c.contribution_id == id)
    place = paging.decode(cursor, 1)
    if place is not None:
        try:
            query = query.where(table.c.id > UUID(place[0]))
        except (ValueError, TypeError, AttributeError):
            raise paging.bad_cursor() from None
    found = (await session.exec(query.order_by(table.c.id).limit(limit + 1))).all()
    names = await author_names(session, {one.by for one in found})
    more = paging.encode([str(found[limit - 1].id)]) if len(found) > limit else None
    return CommentPage(row.text, list(found[:limit]), names, more)


@dataclass(frozen=True)
class CommentPage:
    """Comments and what is needed to show them."""

    text: str
    comments: list[Comment]
    names: dict[UUID, str]
    next: str | None

    def located(self) -> CommentsOut:
        """Each with its place in the text. CPU work: call it in the pool."""
        return CommentsOut(items=[located(self.text, one, self.names) for one in self.comments], next=self.next)


def located(text: str, comment: Comment, names: dict[UUID, str]) -> CommentOut:
    """A comment with the place of its passage."""
    start, end = find(text, comment.exact, comment.prefix, comment.suffix) or (None, None)
    fields = comment.model_dump(exclude={"by", "contribution_id", "resolved_by"})
    return CommentOut(**fields, by=PersonOut(id=comment.by, name=names.get(comment.by, "")), start=start, end=end)


async def one_comment(session: AsyncSession, comment: Comment) -> CommentPage:
    """A comment just made or resolved, as a page of one."""
    text = (await session.execute(select(C.text).where(C.id == comment.contribution_id))).scalar_one()
    return CommentPage(text, [comment], await author_names(session, [comment.by]), None)
