"""Fields that several entities have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.partners import registration


class Language(StrEnum):
    """Languages of the forum (ISO 639-1)."""

    FRENCH = "fr"
    ENGLISH = "en"


def storable(value: str) -> str:
    """Raises ValueError for what no text of PostgreSQL can hold."""
    if "\x00" in value:
        raise ValueError("contains a NUL character; take it out")
    return value


def _line(value: str) -> str:
    tidy = " ".join(storable(value).split())
    if not tidy:
        raise ValueError("write something here")
    return tidy


def _loose_line(value: str) -> str:
    return " ".join(storable(value).split())


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _siren(value: str) -> str:
    return registration.siren(value)


def _siret(value: str) -> str:
    return registration.siret(value)


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("is not the IANA name of a time zone, such as Europe/Paris")
    return value


def _website(value: str) -> str:
    tidy = storable(value).strip()
    if not tidy.startswith(("https://", "http://")) or any(one.isspace() for one in tidy) or "." not in tidy[8:]:
        raise ValueError("is not the address of a site: write it with https:// in front")
    return tidy


Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
DraftTitle = Annotated[str, Field(max_length=200), AfterValidator(_loose_line)]
"""Of what is still being written: may be empty."""
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_line)]
ShortLine = Annotated[str, Field(max_length=200), AfterValidator(_loose_line)]
Summary = Annotated[str, Field(max_length=600), AfterValidator(storable)]
Text = Annotated[str, Field(max_length=50_000), AfterValidator(storable)]
"""Plain text, in paragraphs."""
Reason = Annotated[str, Field(max_length=2000), AfterValidator(storable)]
LabelId = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Labels = Annotated[list[LabelId], Field(max_length=10), AfterValidator(_distinct)]
Names = Annotated[list[Name], Field(max_length=20), AfterValidator(_distinct)]
Siren = Annotated[str, Field(max_length=30), AfterValidator(_siren)]
Siret = Annotated[str, Field(max_length=40), AfterValidator(_siret)]
Zone = Annotated[str, Field(max_length=60), AfterValidator(_zone)]
Website = Annotated[str, Field(max_length=300), AfterValidator(_website)]


class Closed(BaseModel):
    """Fields nobody knows are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class PersonOut(BaseModel):
    """A person; the name is empty while nobody has told it."""

    id: UUID
    name: str
