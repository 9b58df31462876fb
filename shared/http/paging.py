"""Paging by cursor: where the page before ended, never how many came before it."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Query, Request, Response

from shared.http.problems import INVALID, Problem

LARGEST_PAGE = 100

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items a page")]
CursorText = Annotated[str | None, Query(max_length=2000, description="`next` of the page before")]


def encode(place: list[Any]) -> str:
    """A cursor: opaque to callers."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str | None, length: int) -> list[Any] | None:
    """The place a cursor says, with ``length`` parts. Raises Problem 422 naming ``cursor``."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(place, list) or len(place) != length:
            raise ValueError
    except (ValueError, RecursionError):
        raise bad_cursor() from None
    return place


def bad_cursor() -> Problem:
    """The problem of a cursor that says nothing."""
    return Problem(INVALID, errors=[("cursor", "not a cursor of this list; start again without it")])


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Set the ``Link`` header to the page after this one (RFC 8288)."""
    if cursor is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        # The path was decoded: what the caller put in it (a bracket, a letter beyond Latin-1) is not for a header.
        response.headers["Link"] = (
            f'<{quote(request.scope["path"])}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
        )
