"""Themes and territories."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.clients.base import Answer


class Theme(Answer):
    """A subject, such as ``mobility``, with its name and what it is by language."""

    id: str
    version: int = 1
    names: dict[str, str]
    descriptions: dict[str, str] = Field(default_factory=dict)


class Territory(Theme):
    """A place; ``parent`` is the larger one it lies in, ``code`` its INSEE or ISO 3166 code."""

    parent: str | None = None
    code: str | None = None


class Themes(Answer):
    """All themes in use; ``moved`` leads from those that were merged to their successors."""

    items: list[Theme]
    moved: dict[str, str] = Field(default_factory=dict)


class Territories(Answer):
    """All territories in use; ``moved`` leads from those that were merged to their successors."""

    items: list[Territory]
    moved: dict[str, str] = Field(default_factory=dict)


Collection = Literal["themes", "territories"]
"""Which labels are meant; a theme is answered as a territory without a parent and a code."""
