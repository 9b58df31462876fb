"""Identifiers: UUIDv7 (RFC 9562), which sort by time of birth."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identifier."""
    return uuid7()
