"""What identity keeps of people who come in through another provider."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from services.identity.tables import BYTEWISE, IdentityTable
from shared.storage.identifiers import new_id
from shared.storage.tables import Instant


class FederatedIdentity(IdentityTable, table=True):
    """Somebody another provider vouches for, who may sign in to an account here.

    Issuer and subject together say who it is (OpenID Connect Core, 2); an address of theirs never does.
    """

    __tablename__ = "federated_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), Index(None, "account_id"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    issuer: str = Field(sa_type=BYTEWISE)
    subject: str = Field(sa_type=BYTEWISE)
    account_id: UUID = Field(sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),))
    linked_at: datetime = Field(sa_type=Instant)
    used_at: datetime = Field(sa_type=Instant)
    """When somebody last came in with it."""


class Departure(IdentityTable, table=True):
    """A browser that was sent to another provider, until it comes back. Good for one return."""

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("(request IS NULL) <> (account_id IS NULL)", name="signs_in_or_links"),
        Index(None, "expires_at"),
        Index(None, "account_id"),
    )

    state: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of ``state``, which goes to the provider and comes back."""
    browser: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of what the browser holds: what was begun in one is not finished in another."""
    issuer: str = Field(sa_type=Text)
    """To whom it was sent."""
    nonce: str = Field(sa_type=Text)
    verifier: str = Field(sa_type=Text)
    request: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The `AuthorizationRequest` that waits for the person to sign in."""
    account_id: UUID | None = Field(
        default=None, sa_column_args=(ForeignKey("account.id", ondelete="CASCADE"),), nullable=True
    )
    """Who links it, being signed in."""
    language: str = Field(sa_type=Text)
    expires_at: datetime = Field(sa_type=Instant)


class Arrival(IdentityTable, table=True):
    """Somebody another provider vouched for and whom no account here is linked with yet: the browser they are in."""

    __tablename__ = "arrival"
    __table_args__ = (Index(None, "expires_at"), Index(None, "mail_digest"))

    browser: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of what the browser holds."""
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    email: str | None = Field(default=None, sa_type=BYTEWISE)
    """The address the provider tells, in normal form."""
    email_verified: bool
    """Whether the provider says that it is theirs."""
    display_name: str = Field(sa_type=Text)
    """What the provider calls them; may be empty."""
    authenticated_at: datetime = Field(sa_type=Instant)
    request: bytes = Field(sa_type=LargeBinary)
    """The `AuthorizationRequest` that waits for them."""
    wanted_email: str | None = Field(default=None, sa_type=BYTEWISE)
    """The address a mail was asked for."""
    wanted_name: str = Field(default="", sa_type=Text)
    mail_digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of the secret of the link in that mail."""
    expires_at: datetime = Field(sa_type=Instant)
