"""What identity keeps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, MetaData, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.storage.identifiers import new_id
from shared.storage.tables import NAMING, Instant, Told, Versioned

_BYTEWISE = Text(collation="C")
"""Compared byte by byte, so that an index finds prefixes."""


class IdentityTable(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of identity's tables, on a registry of its own."""


class Account(IdentityTable, Versioned, table=True):
    """Somebody who may sign in."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("email"), Index(None, "sought_name"))

    email: str = Field(sa_type=_BYTEWISE)
    """Normal form (`naming.normal_email`)."""
    password_hash: str = Field(sa_type=Text)
    """Argon2id, with its parameters and salt."""
    display_name: str = Field(sa_type=Text)
    sought_name: str = Field(sa_type=_BYTEWISE)
    """The display name as it is searched (`naming.sought`)."""
    created_at: datetime = Field(sa_type=Instant)
    verified_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the owner showed that mail to the address reaches them; until then nobody is told of the account."""
    biography: str = Field(default="", sa_type=Text)
    affiliation: str = Field(default="", sa_type=Text)
    orcid: str | None = Field(default=None, sa_type=Text)
    """``0000-0002-1825-0097``, with a check digit that is right."""
    forgotten_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when the person is not to be named any more, and cannot sign in."""


class RoleGrant(IdentityTable, table=True):
    """A role an account was given. Written under the account's lock."""

    __tablename__ = "role_grant"
    __table_args__ = (Index(None, "role", "account_id"),)

    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),), primary_key=True)
    role: str = Field(primary_key=True, sa_type=Text)
    granted_by: UUID | None = None
    """The admin who did; None for the command line and the sample."""
    granted_at: datetime = Field(sa_type=Instant)


class SignIn(IdentityTable, table=True):
    """A family of refresh tokens: one sign-in and everything it was prolonged to."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "account_id", "expires_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),))
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    """When its newest token expires."""
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class RefreshToken(IdentityTable, table=True):
    """A refresh token of 256 random bits. Only its SHA-256 is kept: who reads the table cannot use it."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index(None, "sign_in_id"),)

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    sign_in_id: UUID = Field(sa_column_args=(ForeignKey("sign_in.id", ondelete="CASCADE"),))
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a newer one took its place. Shown again after that, it ends the sign-in."""


class MailToken(IdentityTable, table=True):
    """The secret of a link in a mail, good for one use. Only its SHA-256 is kept."""

    __tablename__ = "mail_token"
    __table_args__ = (Index(None, "account_id"),)

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    purpose: str = Field(sa_type=Text)
    """``verify`` or ``reset``."""
    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),))
    expires_at: datetime = Field(sa_type=Instant)


class MailDomain(IdentityTable, Told, table=True):
    """What some services are told of the domain of an account's verified address. Written under the account's lock."""

    __tablename__ = "mail_domain"

    id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),), primary_key=True)
    """The account's."""
    mark: str | None = Field(default=None, sa_type=Text)
    """See `mail_domains.mark_of`."""


class InstallationSecret(IdentityTable, table=True):
    """A random key of this installation, made when first needed and never told."""

    __tablename__ = "installation_secret"

    purpose: str = Field(primary_key=True, sa_type=Text)
    value: bytes = Field(sa_type=LargeBinary)


class Letter(IdentityTable, table=True):
    """A mail to be written and sent once what it is about is committed. Deleted when it was.

    It holds nothing secret: the link in it is made when it is sent.
    """

    __tablename__ = "letter"
    __table_args__ = (Index(None, "due_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(sa_type=Text)
    email: str = Field(sa_type=_BYTEWISE)
    """Normal form; perhaps nobody's, which is found out when it is sent: until then all are treated the same."""
    language: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    attempts: int = 0


class Attempt(IdentityTable, table=True):
    """How often something that is slowed down was tried lately. In the database, so that all processes agree."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "forget_at"),)

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of what was tried and with what: no address is kept."""
    count: int
    free_at: datetime = Field(sa_type=Instant)
    """When it may be tried again."""
    forget_at: datetime = Field(sa_type=Instant)
    """When it counts from the beginning."""


class KeyState(StrEnum):
    """Where a signing key is in its life."""

    NEXT = "next"
    """Published, so that everybody knows it when it begins to sign."""
    ACTIVE = "active"
    """Signs."""
    RETIRED = "retired"
    """Published until the last token it signed has expired; its private half is gone."""


class SigningKey(IdentityTable, table=True):
    """A P-256 key pair that signs access tokens."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("(state = 'retired') = (drop_at IS NOT NULL)", name="retired_is_dropped"),
        CheckConstraint("(state = 'retired') = (private_jwk IS NULL)", name="retired_cannot_sign"),
        Index("ix_signing_key_one_active", "state", unique=True, postgresql_where=text("state = 'active'")),
        Index("ix_signing_key_one_next", "state", unique=True, postgresql_where=text("state = 'next'")),
    )

    kid: str = Field(primary_key=True, sa_type=Text)
    """The key's thumbprint (RFC 7638)."""
    state: str = Field(sa_type=Text)
    public_jwk: dict[str, Any] = Field(sa_type=JSONB)
    private_jwk: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    created_at: datetime = Field(sa_type=Instant)
    drop_at: datetime | None = Field(default=None, sa_type=Instant)
    """When no token it signed can be valid any more."""
