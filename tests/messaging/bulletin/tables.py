"""The table of bulletins."""

from __future__ import annotations

from sqlalchemy import MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.tables import NAMING, Versioned


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of this service's tables."""


class Bulletin(Base, Versioned, table=True):
    """A bulletin; ``posted`` when it is to be seen. ``place`` is unique, checked at commit."""

    title: str = Field(sa_type=Text)
    slug: str | None = Field(default=None, sa_type=Text)
    pages: int = 1
    place: int | None = None
    posted: bool = True
