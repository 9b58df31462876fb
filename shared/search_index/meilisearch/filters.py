"""Filters in Meilisearch's language. They combine freely, and every count made with them is exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from shared.search_index.text.words import LANGUAGES, clean

from .fields import EVERY, microseconds, stem_value

ALL = f"every = {EVERY}"
"""Every document, and not the one that tells what the index is."""
NONE = 'key = "-"'


def quoted(value: str) -> str:
    """A value as a filter may hold it, whatever is in it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def one_of(field: str, values: Iterable[str]) -> str:
    """Documents that have one of these values."""
    listed = ", ".join(quoted(value) for value in values)
    return f"{field} IN [{listed}]" if listed else NONE


def begins(field: str, beginning: str) -> str:
    """Documents with a value that begins so."""
    return f"{field} STARTS WITH {quoted(beginning)}"


def all_of(parts: Sequence[str]) -> str:
    """Documents that fit all; every document if there are none."""
    return _joined(" AND ", parts) if parts else ALL


def any_of(parts: Sequence[str]) -> str:
    """Documents that fit one at least."""
    return _joined(" OR ", parts) if parts else NONE


def none_of(part: str) -> str:
    """Documents that do not fit."""
    return f"NOT ({part})"


def at_least(number: int, parts: Sequence[str]) -> str:
    """Documents that fit that many of the parts."""
    return any_of([all_of(some) for some in combinations(parts, number)])


def having(word: str, *, words: str = "words", stems: str = "stems") -> str:
    """Documents that have the word as it is or by its stem."""
    return any_of([one_of(words, [word]), one_of(stems, [stem_value(language, word) for language in LANGUAGES])])


def _joined(between: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else between.join(f"({part})" for part in parts)


class Narrowing:
    """The filters of a query: facets and dates."""

    def __init__(self, facets: Mapping[str, tuple[str, ...]], since: datetime | None, until: datetime | None) -> None:
        self.facets = {
            facet: one_of(facet, [clean(value) for value in values]) for facet, values in facets.items() if values
        }
        self._dates: list[str] = []
        if since is not None:
            self._dates.append(f"date >= {microseconds(since)}")
        if until is not None:
            self._dates.append(f"date < {microseconds(until)}")

    def narrow(self, text: str, *, but: str | None = None) -> str:
        """The filter ``text`` within these, the one on the facet ``but`` left out."""
        return all_of([text, *(one for facet, one in self.facets.items() if facet != but), *self._dates])
