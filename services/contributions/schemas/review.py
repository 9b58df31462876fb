"""A review: whom it is assigned to, and comments on passages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.contributions.schemas.fields import Closed, PersonOut, something, storable

Quote = Annotated[str, Field(max_length=5000), AfterValidator(storable)]


Context = Annotated[str, Field(max_length=500), AfterValidator(storable)]


class CommentIn(Closed):
    """A comment on a passage (W3C TextQuoteSelector), or on the whole where ``exact`` is empty."""

    body: Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(something)]
    exact: Quote = ""
    prefix: Context = ""
    suffix: Context = ""


class ResolutionIn(Closed):
    """Whether a comment is dealt with."""

    resolved: bool


class AssignmentIn(Closed):
    """Who reviews, until when."""

    editor: UUID | None
    due_on: date | None = None


class CommentOut(BaseModel):
    """A comment, with where its passage is in the text as it is now."""

    id: UUID
    at: datetime
    by: PersonOut
    body: str
    exact: str
    prefix: str
    suffix: str
    revision: int
    start: int | None
    """Place in the text without markup; None when the passage has changed, or where the whole is meant."""
    end: int | None
    resolved_at: datetime | None


class CommentsOut(BaseModel):
    """A page of comments, oldest first."""

    items: list[CommentOut]
    next: str | None
