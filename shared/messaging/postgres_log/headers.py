"""Headers in one text column, readable in psql: a JSON list of [name, value].

A value is bytes; each byte becomes the character of that number (latin-1), which is exact both ways and
leaves ASCII as it is.
"""

from __future__ import annotations

import json

Headers = tuple[tuple[str, bytes], ...]


def encode(headers: Headers) -> str:
    """The column's text. JSON escapes what PostgreSQL's text cannot hold (NUL)."""
    if not headers:
        return "[]"
    return json.dumps([[name, value.decode("latin-1")] for name, value in headers], separators=(",", ":"))


def decode(text: str) -> Headers:
    """The headers `encode` was given."""
    if text == "[]":
        return ()
    return tuple([(name, value.encode("latin-1")) for name, value in json.loads(text)])
