"""Optimistic locking over HTTP: ``ETag`` says the version, ``If-Match`` says which one is meant (RFC 9110)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from shared.http.problems import PRECONDITION_REQUIRED, STALE, Problem


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


class Expected:
    """The version(s) the caller means to change."""

    def __init__(self, tags: frozenset[str]) -> None:
        self._tags = tags

    def check(self, version: int) -> None:
        """Raises Problem 412 when the entity is at another version."""
        if "*" not in self._tags and etag(version) not in self._tags:
            raise Problem(
                STALE,
                f"It is at version {version} now. Read it again, and repeat your change on that.",
                headers={"ETag": etag(version)},
            )


_Tags = Annotated[str | None, Header(description="The ETag of the version you change")]


async def _expected(if_match: _Tags = None) -> Expected:
    if if_match is None:
        raise Problem(PRECONDITION_REQUIRED, 'Send If-Match with the ETag you read, such as If-Match: "3".')
    return Expected(frozenset(tag.strip() for tag in if_match.split(",")))


def asks_for_version(call: object) -> bool:
    """Whether a dependency is the one behind `IfMatch`."""
    return call is _expected


IfMatch = Annotated[Expected, Depends(_expected)]
"""Required on PATCH, PUT, DELETE and transitions."""
