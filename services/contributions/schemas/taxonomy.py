"""Themes and territories."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from services.contributions.schemas.fields import Closed, Language, Summary, line
from shared.http.route import VersionedAnswer


class ThemeOut(VersionedAnswer):
    """A theme."""

    id: str
    version: int
    names: dict[str, str]
    descriptions: dict[str, str]


class TerritoryOut(VersionedAnswer):
    """A territory."""

    id: str
    version: int
    names: dict[str, str]
    descriptions: dict[str, str]
    parent: str | None
    code: str | None


class ThemesOut(BaseModel):
    """All themes in use, in the order they are shown."""

    items: list[ThemeOut]
    moved: dict[str, str]
    """Ids of themes that were merged, with the id each went into."""


class TerritoriesOut(BaseModel):
    """All territories in use, in the order they are shown."""

    items: list[TerritoryOut]
    moved: dict[str, str]
    """Ids of territories that were merged, with the id each went into."""


LabelId = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""Part of an address: words in small letters and digits, with hyphens between."""


def _in_every_language(names: dict[Language, str]) -> dict[Language, str]:
    missing = [str(one) for one in Language if one not in names]
    if missing:
        raise ValueError(f"write the name in {' and '.join(missing)} too: the site is read in all of its languages")
    return names


def _code(value: str) -> str:
    tidy = value.strip().upper()
    if not re.fullmatch(CODE, tidy):
        raise ValueError(
            "is neither an INSEE code of a commune, such as 69123 or 2A004, nor an ISO 3166 code, such as FR or FR-ARA"
        )
    return tidy


CODE = r"(?:[0-9]{2}|2[AB])[0-9]{3}|[A-Z]{2}(?:-[A-Z0-9]{1,3})?"
"""INSEE: the department (Corsica has 2A and 2B) and three digits. ISO 3166-1 alpha-2, and 3166-2 behind a hyphen."""


Names = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=80), AfterValidator(line)]],
    AfterValidator(_in_every_language),
]


Descriptions = dict[Language, Summary]


Code = Annotated[str, Field(max_length=10), AfterValidator(_code)]


class ThemeIn(Closed):
    """A new theme. Without an ``id`` it is made of the French name."""

    id: LabelId | None = None
    names: Names
    descriptions: Descriptions = Field(default_factory=dict)


class TerritoryIn(ThemeIn):
    """A new territory."""

    parent: LabelId | None = None
    code: Code | None = None


class ThemeEditIn(Closed):
    """Changes; what is not named stays."""

    names: Names | None = None
    descriptions: Descriptions | None = None


class TerritoryEditIn(ThemeEditIn):
    """Changes; what is not named stays, and ``null`` takes the parent or the code away."""

    parent: LabelId | None = None
    code: Code | None = None


class MergeIn(Closed):
    """Which theme or territory this one goes into."""

    into: LabelId
