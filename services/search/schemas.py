"""What search is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from shared.http.paging import CursorText, Limit
from shared.search_index.port import FACETS, Sort

LONGEST_TEXT = 1000
MOST_VALUES = 50

Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Values = Annotated[
    list[Annotated[str, StringConstraints(max_length=200)]],
    Field(max_length=MOST_VALUES, description="Any of these; repeat the parameter"),
]
_DAY = "1. a day such as 2026-01-31, in UTC, or 2. an instant with its offset, such as 2026-01-31T18:00:00+01:00"


def _instant(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no date: give {_DAY}") from None
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no offset: give {_DAY} (a + in an address is written %2B)")
    return moment


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _since(value: Any) -> Any:
    """The first moment meant."""
    if not isinstance(value, str) or not value:
        return value or None
    day = _day(value)
    return _instant(value) if day is None else datetime.combine(day, time(), UTC)


def _until(value: Any) -> Any:
    """The moment that is not meant any more: a day is meant whole."""
    if not isinstance(value, str) or not value:
        return value or None
    day = _day(value)
    if day is None:
        return _instant(value)
    if day == date.max:
        return None
    return datetime.combine(day + timedelta(days=1), time(), UTC)


_DATE_SCHEMA = {"type": "string", "examples": ["2026-01-31", "2026-01-31T18:00:00+01:00"]}
Since = Annotated[datetime | None, BeforeValidator(_since), WithJsonSchema(_DATE_SCHEMA)]
Until = Annotated[datetime | None, BeforeValidator(_until), WithJsonSchema(_DATE_SCHEMA)]


class SearchAsked(BaseModel):
    """The parameters of a search."""

    model_config = ConfigDict(extra="ignore")

    q: Text = Field(default="", description='Words; `"quoted words"` match exactly, `-word` excludes')
    type: Values = Field(default_factory=list)
    kind: Values = Field(default_factory=list)
    theme: Values = Field(default_factory=list)
    territory: Values = Field(default_factory=list)
    language: Values = Field(default_factory=list)
    year: Values = Field(default_factory=list)
    since: Since = Field(default=None, alias="from", description=f"Not before: {_DAY}")
    until: Until = Field(default=None, alias="to", description=f"Until the end of a day, or before an instant: {_DAY}")
    sort: Sort = Sort.RELEVANCE
    cursor: CursorText = None
    limit: Limit = 20

    @property
    def filters(self) -> Mapping[str, tuple[str, ...]]:
        """Facet → accepted values, in an order of their own."""
        asked = {facet: tuple(sorted({one for one in getattr(self, facet) if one})) for facet in FACETS}
        return {facet: values for facet, values in asked.items() if values}


class PersonShown(BaseModel):
    """A person as others name them."""

    id: str
    name: str


class HitShown(BaseModel):
    """One result. The ``_html`` fields are safe to show: escaped text with ``<mark>`` only."""

    id: str
    type: str
    kind: str | None
    language: str
    title: str
    title_html: str
    excerpt: str
    excerpt_html: str
    url: str
    themes: list[str]
    territories: list[str]
    people: list[PersonShown]
    date: datetime


class FacetCount(BaseModel):
    """How many results have this value."""

    value: str
    count: int


class ResultsShown(BaseModel):
    """A page of results. It may be shorter than asked for while something is being hidden."""

    total: int
    total_is_exact: bool
    hits: list[HitShown]
    facets: dict[str, list[FacetCount]]
    """Most frequent first; counts of a facet ignore the filter on that facet."""
    next: str | None
    """Cursor of the page after this one."""
    correction: str | None
    """The words asked for, put right from those of the index."""


class SuggestionShown(BaseModel):
    """A title that fits what was typed."""

    id: str
    type: str
    title: str
    title_html: str
    url: str


class SuggestionsShown(BaseModel):
    """Titles, best first."""

    items: list[SuggestionShown]


class SimilarShown(BaseModel):
    """Hits most like one document, best first."""

    items: list[HitShown]
