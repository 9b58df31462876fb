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

BYTEWISE = Text(collation="C")
"""Compared byte by byte, so that an index finds prefixes."""


class IdentityTable(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of identity's tables, on a registry of its own."""


class Account(IdentityTable, Versioned, table=True):
    """Somebody who may sign in."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("email"), Index(None, "sought_name"))

    email: str = Field(sa_type=BYTEWISE)
    """Normal form (`naming.normal_email`). Of a forgotten account its id, which is nobody's address."""
    password_hash: str = Field(sa_type=Text)
    """Argon2id, with its parameters and salt; empty for who has no password, and comes in through another provider."""
    display_name: str = Field(sa_type=Text)
    sought_name: str = Field(sa_type=BYTEWISE)
    """The display name as it is searched (`naming.sought`)."""
    created_at: datetime = Field(sa_type=Instant)
    verified_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the owner showed that mail to the address reaches them; until then nobody is told of the account."""
    biography: str = Field(default="", sa_type=Text)
    affiliation: str = Field(default="", sa_type=Text)
    orcid: str | None = Field(default=None, sa_type=Text)
    """``0000-0002-1825-0097``, with a check digit that is right."""
    picture: str | None = Field(default=None, sa_type=Text)
    """The digest of the picture, which is part of its address."""
    forgotten_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when the person is not to be named any more, and cannot sign in. The row stays, with the id alone."""


class Denial(IdentityTable, Told, table=True):
    """Somebody who is, or was, not let in any more. Written under the account's lock."""

    __tablename__ = "denial"

    id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),), primary_key=True)
    """The account's."""
    since: datetime | None = Field(default=None, sa_type=Instant)
    """None once the person is let in again."""
    reason: str = Field(default="", sa_type=Text)
    """For admins only."""


class AccountEvent(IdentityTable, table=True):
    """What was done to an account, by whom and when: ids and codes only, so that it may stay for ever."""

    __tablename__ = "account_event"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),))
    kind: str = Field(sa_type=Text)
    """See `EventKind`."""
    role: str | None = Field(default=None, sa_type=Text)
    """The role that was granted or taken."""
    by: UUID | None = None
    """Who did it; None for the command line and the sample."""
    at: datetime = Field(sa_type=Instant)


class EventKind(StrEnum):
    """What may be done to an account and is written down."""

    ROLE_GRANTED = "role-granted"
    ROLE_TAKEN = "role-taken"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    EMAIL_CHANGED = "email-changed"
    ERASED = "erased"
    PROVIDER_LINKED = "provider-linked"
    PROVIDER_UNLINKED = "provider-unlinked"


class Picture(IdentityTable, table=True):
    """How somebody looks: an image we encoded ourselves."""

    __tablename__ = "picture"

    account_id: UUID = Field(
        sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),),
        primary_key=True,
    )
    digest: str = Field(sa_type=Text)
    """SHA-256 of the content, shortened, in hexadecimal."""
    content: bytes = Field(sa_type=LargeBinary)
    """WebP."""


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
    client_id: str | None = Field(default=None, sa_type=Text, index=True)
    """The client it was lent to; None for the JSON way in, which a person's own programs use."""
    scope: str | None = Field(default=None, sa_type=Text)
    """What it was lent for; None means everything the person may do."""
    authenticated_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the person showed who they are, if not when it began."""


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
    """``verify``, ``reset`` or ``change``."""
    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),))
    email: str | None = Field(default=None, sa_type=BYTEWISE)
    """The new address a ``change`` is about, to which the link was sent."""
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
    email: str = Field(sa_type=BYTEWISE)
    """Normal form; perhaps nobody's, which is found out when it is sent: until then all are treated the same."""
    account_id: UUID | None = Field(
        default=None, sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),), nullable=True
    )
    """Whom it is about where the address does not say so."""
    arrival: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Which `Arrival` it is about."""
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
    """A P-256 key pair that signs access tokens, and with it an RSA pair that signs ID tokens.

    Every OpenID client understands RS256 (OpenID Connect Core, 15.1), and our services understand ES256 alone: an ID
    token is no access token by its very signature.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("(state = 'retired') = (drop_at IS NOT NULL)", name="retired_is_dropped"),
        CheckConstraint("(state = 'retired') = (private_jwk IS NULL)", name="retired_cannot_sign"),
        CheckConstraint("state <> 'retired' OR rsa_private_jwk IS NULL", name="retired_cannot_sign_id_tokens"),
        Index("ix_signing_key_one_active", "state", unique=True, postgresql_where=text("state = 'active'")),
        Index("ix_signing_key_one_next", "state", unique=True, postgresql_where=text("state = 'next'")),
    )

    kid: str = Field(primary_key=True, sa_type=Text)
    """The key's thumbprint (RFC 7638)."""
    state: str = Field(sa_type=Text)
    public_jwk: dict[str, Any] = Field(sa_type=JSONB)
    private_jwk: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    rsa_public_jwk: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    """None until somebody first signs in to a client."""
    rsa_private_jwk: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    created_at: datetime = Field(sa_type=Instant)
    drop_at: datetime | None = Field(default=None, sa_type=Instant)
    """When no token it signed can be valid any more."""


STAYS_WHEN_SUSPENDED = frozenset(
    {"account_event", "denial", "federated_identity", "letter", "mail_domain", "picture", "role_grant"}
)
"""What hangs on an account and lets nobody in as long as it is suspended: everything else ends then."""

STAYS_WHEN_ERASED = frozenset({"account_event", "denial"})
"""What is left of an erased account beside its id: that it is refused, and what was done to it by whom."""


class Client(IdentityTable, table=True):
    """A program that lets people sign in with us, or that has tokens of its own. The site is one that needs no row."""

    __tablename__ = "client"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    """As people read it when they are asked."""
    secret_digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of 256 random bits; None for one that can keep no secret (in a browser, on a phone)."""
    redirect_uris: list[str] = Field(sa_type=JSONB)
    grant_types: list[str] = Field(sa_type=JSONB)
    scopes: list[str] = Field(sa_type=JSONB)
    """All it may ask for."""
    created_at: datetime = Field(sa_type=Instant)


class AuthorizationRequest(IdentityTable, table=True):
    """What a client asked for in somebody's browser, until they have answered."""

    __tablename__ = "authorization_request"
    __table_args__ = (Index(None, "expires_at"),)

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of the id that the browser carries from page to page."""
    client_id: str = Field(sa_type=Text)
    parameters: list[list[str]] = Field(sa_type=JSONB)
    """Names and values, as they came and were found good."""
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class AuthorizationCode(IdentityTable, table=True):
    """What a client exchanges for tokens, once, within a minute. Kept after that as long as what it gave."""

    __tablename__ = "authorization_code"
    __table_args__ = (Index(None, "account_id"), Index(None, "sign_in_id"))

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    client_id: str = Field(sa_type=Text)
    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),))
    redirect_uri: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    nonce: str | None = Field(default=None, sa_type=Text)
    challenge: str = Field(sa_type=Text)
    """SHA-256 of what whoever began alone knows (PKCE, S256)."""
    authenticated_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    """Shown again after that, it ends the sign-in it gave."""
    sign_in_id: UUID | None = Field(
        default=None, sa_column_args=(ForeignKey("sign_in.id", ondelete="CASCADE"),), nullable=True
    )
