"""The tables of the site: who is signed in with which browser, and who is about to be."""

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


class PendingSignIn(WebTable, table=True):
    """A sign-in that was begun in a browser, until the provider sends it back. Good for one return."""

    __tablename__ = "pending_sign_in"

    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of ``state``, which goes to the provider and comes back."""
    browser: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of a cookie: only the browser it was begun in may finish it."""
    verifier: str = Field(sa_type=Text)
    """What a code is worth nothing without (PKCE); never leaves the server but for the token endpoint."""
    nonce: str = Field(sa_type=Text)
    """What the ID token must say."""
    redirect_uri: str = Field(sa_type=Text)
    following: str = Field(sa_type=Text)
    """The path of the site where one goes on; empty for the usual one."""
    expires_at: datetime = Field(index=True, sa_type=DateTime(timezone=True))
