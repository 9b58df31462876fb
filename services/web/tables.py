"""The one table of the site: who is signed in with which browser."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, DateTime, LargeBinary, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.tables import NAMING


class WebTable(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of the tables of the site, on a registry of its own."""


class SiteSession(WebTable, table=True):
    """A browser in which somebody signed in.

    The browser holds a random value of 256 bits; only its SHA-256 is kept, so that who reads the table
    cannot take a session over. Tokens never leave the server.
    """

    __tablename__ = "site_session"

    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of the cookie's value."""
    person: str = Field(index=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    """Display name when last heard, for the masthead."""
    roles: list[str] = Field(sa_type=JSON)
    """Roles when last heard: they decide what is offered, never what is allowed."""
    csrf: bytes = Field(sa_type=LargeBinary)
    """Secret that the tokens in forms are made from."""
    refresh_token: str = Field(sa_type=Text)
    access_token: str = Field(sa_type=Text)
    access_expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(index=True, sa_type=DateTime(timezone=True))
