"""What is asked of search, wholly in the address, so that a search can be shared and gone back to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from starlette.datastructures import QueryParams

from services.web.language import N_, _

FACETS = ("type", "kind", "theme", "territory", "language", "year")
"""Facets offered, in their order."""

FACET_NAMES = {
    "type": N_("Type"),
    "kind": N_("Genre"),
    "theme": N_("Thème"),
    "territory": N_("Territoire"),
    "language": N_("Langue"),
    "year": N_("Année"),
}

SORTS = {
    "relevance": N_("Les plus proches"),
    "newest": N_("Les plus récents"),
    "oldest": N_("Les plus anciens"),
}

LONGEST = 300
"""Characters of a query that are looked at."""
MOST = 40
"""Values of one facet that are looked at."""


@dataclass(frozen=True)
class Asked:
    """A search."""

    text: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: str = ""
    until: str = ""
    sort: str = ""
    cursor: str = ""

    def now(self, current: Callable[[str, str], str]) -> Asked:
        """The same, with the successors of themes and territories that were merged since the address was kept."""
        return replace(
            self,
            filters=tuple(
                (facet, tuple(dict.fromkeys(current(facet, value) for value in values)))
                for facet, values in self.filters
            ),
        )

    @classmethod
    def of(cls, params: QueryParams) -> Asked:
        """Read the address; what cannot be meant is left out."""
        filters = tuple(
            (facet, tuple(dict.fromkeys(one[:100] for one in params.getlist(facet) if one))[:MOST]) for facet in FACETS
        )
        sort = params.get("sort", "")
        return cls(
            text=" ".join(params.get("q", "").split())[:LONGEST],
            filters=tuple((facet, values) for facet, values in filters if values),
            since=params.get("from", "").strip(),
            until=params.get("to", "").strip(),
            sort=sort if sort in SORTS else "",
            cursor=params.get("cursor", ""),
        )

    def errors(self) -> dict[str, str]:
        """Dates that are none, by field."""
        errors: dict[str, str] = {}
        for name, value in (("from", self.since), ("to", self.until)):
            if value and not _is_day(value):
                errors[name] = _("« %(typed)s » n’est pas une date : écrivez-la comme 2026-11-14.", typed=value[:40])
        if not errors and self.since and self.until and self.since > self.until:
            errors["to"] = _("La fin vient avant le début : choisissez une date plus tardive, ou avancez le début.")
        return errors

    @property
    def chosen(self) -> dict[str, list[str]]:
        """Filters by facet."""
        return {facet: list(values) for facet, values in self.filters}

    def has(self, facet: str, value: str) -> bool:
        """Whether a value of a facet is chosen."""
        return any(name == facet and value in values for name, values in self.filters)

    @property
    def has_dates(self) -> bool:
        """Whether a beginning or an end is asked for."""
        return bool(self.since or self.until)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the text narrows the search."""
        return bool(self.filters) or self.has_dates

    def each_filter(self) -> Iterator[tuple[str, str, Asked]]:
        """Every filter (facet, value) with the search that does without it."""
        for facet, values in self.filters:
            for value in values:
                yield facet, value, self.without(facet, value)
        if self.since:
            yield "from", self.since, replace(self, since="", cursor="")
        if self.until:
            yield "to", self.until, replace(self, until="", cursor="")

    def without(self, facet: str, value: str) -> Asked:
        """The same search without one value of a facet."""
        filters = tuple(
            (name, tuple(one for one in values if (name, one) != (facet, value))) for name, values in self.filters
        )
        return replace(self, filters=tuple(pair for pair in filters if pair[1]), cursor="")

    def without_dates(self) -> Asked:
        """The same search, whenever it was published."""
        return replace(self, since="", until="", cursor="")

    def all_values(self) -> Asked:
        """The same words without any filter."""
        return Asked(text=self.text, sort=self.sort)

    def saying(self, text: str) -> Asked:
        """The same search with other words."""
        return replace(self, text=text, cursor="")

    def after(self, cursor: str) -> Asked:
        """The page of results after this one."""
        return replace(self, cursor=cursor)

    def query(self) -> dict[str, Any]:
        """As arguments for `Page.href`; ``from_`` because ``from`` is a word of Python."""
        return {
            "q": self.text,
            **self.chosen,
            "from_": self.since,
            "to": self.until,
            "sort": self.sort,
            "cursor": self.cursor,
        }


def _is_day(value: str) -> bool:
    try:
        return len(date.fromisoformat(value).isoformat()) == len(value)
    except ValueError:
        return False
