"""Fields that several aggregates have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_BODY = 300_000


class Language(StrEnum):
    """Languages of the forum (ISO 639-1)."""

    FRENCH = "fr"
    ENGLISH = "en"


def line(value: str) -> str:
    """One line without needless spaces. Raises ValueError for an empty one."""
    tidy = " ".join(value.split())
    if not tidy:
        raise ValueError("write something here")
    return storable(tidy)


def storable(value: str) -> str:
    """Text that PostgreSQL can hold. Raises ValueError for NUL."""
    if "\x00" in value:
        raise ValueError("contains a NUL character; take it out")
    return value


def something(value: str) -> str:
    """Text that says something, without spaces around it. Raises ValueError for an empty one."""
    if not value.strip():
        raise ValueError("write something here")
    return storable(value.strip())


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(line)]


Summary = Annotated[str, Field(max_length=600), AfterValidator(storable)]


Body = Annotated[str, Field(max_length=LONGEST_BODY), AfterValidator(storable)]


Label = Annotated[str, Field(max_length=60), AfterValidator(storable)]


Labels = Annotated[list[Label], Field(max_length=10), AfterValidator(_distinct)]


class Closed(BaseModel):
    """Fields nobody knows are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class PersonOut(BaseModel):
    """A person; the name is empty while nobody has told it."""

    id: UUID
    name: str
