"""What an index gives back of a document, whichever index it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Stored(NamedTuple):
    """A document as the index kept it, to be shown."""

    id: str
    stamp: int
    language: str
    title: str
    summary: str
    body: str
    facets: Mapping[str, Sequence[str]]

    @property
    def type(self) -> str:
        """Its ``type`` facet."""
        return self.facets["type"][0]
