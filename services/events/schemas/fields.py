"""Fields that several messages have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.events.wall_time import zone_of

LONGEST_BODY = 100_000
MOST_PEOPLE = 1_000_000
LONGEST_SESSION = 7 * 24 * 60
"""Minutes."""


class Language(StrEnum):
    """Languages of the forum (ISO 639-1)."""

    FRENCH = "fr"
    ENGLISH = "en"


def _line(value: str) -> str:
    return _storable(" ".join(value.split()))


def _some(value: str) -> str:
    if not value:
        raise ValueError("write something here")
    return value


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("contains a NUL character; take it out")
    return value


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _zone(value: str) -> str:
    zone_of(value)
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or any(sign.isspace() for sign in value):
        raise ValueError("write a whole address, such as https://example.org/forum")
    return _storable(value)


Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line), AfterValidator(_some)]
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_line), AfterValidator(_some)]
Summary = Annotated[str, Field(max_length=600), AfterValidator(_storable)]
Abstract = Annotated[str, Field(max_length=10_000), AfterValidator(_storable)]
Body = Annotated[str, Field(max_length=LONGEST_BODY), AfterValidator(_storable)]
Reason = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
Label = Annotated[str, Field(max_length=60), AfterValidator(_storable)]
Labels = Annotated[list[Label], Field(max_length=10), AfterValidator(_distinct)]
Tracks = Annotated[list[Name], Field(max_length=50), AfterValidator(_distinct)]
Zone = Annotated[str, Field(max_length=60), AfterValidator(_zone)]
Address = Annotated[str, Field(max_length=500), AfterValidator(_address)]
Acronym = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_line), AfterValidator(_some)]
Capacity = Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_SESSION)]
SpokenLanguage = Annotated[str, Field(pattern="^[a-z]{2,3}$")]
"""ISO 639: sessions are held in more languages than the site speaks."""


class Closed(BaseModel):
    """Fields nobody knows are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class PersonOut(BaseModel):
    """A person; the name is empty while nobody has told it."""

    id: UUID
    name: str
