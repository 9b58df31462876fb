"""The sources a text names: checked, and written out as one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.contributions import doi

LONGEST_URL = 2000


def web_address(written: str) -> str:
    """An address of the web as it was given. Raises ValueError for anything else."""
    text = written.strip()
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_whole = False
    if not is_whole or not text.isprintable() or any(sign in text for sign in ' <>"\\'):
        raise ValueError("is no address of the web; one begins with https://")
    return text


def link_of(source: Mapping[str, Any]) -> str | None:
    """Where a source is read: its DOI outlives addresses, so it comes first."""
    if source.get("doi"):
        return doi.address_of(source["doi"])
    return source.get("url") or None


def line_of(source: Mapping[str, Any]) -> str:
    """``Brysbaert, M. (2019). How many words do we read per minute? https://doi.org/…``: what is compared."""
    head = " ".join(
        part for part in (source.get("authors"), f"({source['year']})" if source.get("year") else "") if part
    )
    title = source["title"]
    parts = [f"{head}." if head else "", title if title[-1:] in "?!.…" else f"{title}.", link_of(source) or ""]
    if source.get("doi") and source.get("url"):
        parts.append(source["url"])
    return " ".join(part for part in parts if part)


def lines_of(sources: list[dict[str, Any]]) -> str:
    """All of them, a line each."""
    return "\n".join(map(line_of, sources))
