"""Comments on passages."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef


class Comment(Answer):
    """What an editor said about a passage, or about the whole."""

    id: str
    at: datetime
    by: PersonRef
    body: str
    exact: str
    start: int | None
    """Where the passage is in the text; None when it has changed, or for the whole."""
    resolved_at: datetime | None


class Comments(Answer):
    """A page of comments, oldest first."""

    items: list[Comment]
    next: str | None
