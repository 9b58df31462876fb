"""The sources of a contribution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, model_validator

from services.contributions import doi
from services.contributions.schemas.fields import Closed, line, storable
from services.contributions.sources import LONGEST_URL, link_of, web_address

MOST_SOURCES = 80


def _line_if_any(value: str) -> str:
    return line(value) if value.strip() else ""


def _address_if_any(value: str) -> str:
    return storable(web_address(value)) if value.strip() else ""


def _doi_if_any(value: str) -> str:
    return storable(doi.normal(value)) if value.strip() else ""


class SourceIn(Closed):
    """What a text rests on. An address of doi.org is taken for the DOI it leads to."""

    title: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(line)]
    authors: Annotated[str, Field(max_length=300), AfterValidator(_line_if_any)] = ""
    """As they are to be read: nobody takes them apart."""
    year: Annotated[int, Field(ge=1, le=2200)] | None = None
    url: Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_address_if_any)] = ""
    doi: Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_doi_if_any)] = ""

    @model_validator(mode="after")
    def _know_a_doi_by_its_address(self) -> SourceIn:
        named = doi.of_address(self.url) if self.url else None
        if named:
            self.doi, self.url = self.doi or doi.normal(named), ""
        return self


Sources = Annotated[list[SourceIn], Field(max_length=MOST_SOURCES)]


class SourceOut(BaseModel):
    """A source, with where it is read."""

    title: str
    authors: str
    year: int | None
    url: str
    doi: str
    link: str | None


def sources_out(kept: Iterable[Mapping[str, Any]]) -> list[SourceOut]:
    """Sources as they are answered."""
    return [SourceOut(**one, link=link_of(one)) for one in kept]
