"""Organizations, members and invitations, as they are answered and asked for."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef


class OrganizationRef(Answer):
    """An organization named with something else; ``url`` is None for one that is not published."""

    id: str
    name: str
    kind: str
    url: str | None


class OrganizationSummary(Answer):
    """An organization in a list."""

    id: str
    version: int
    state: str
    """``draft``, ``published`` or ``withdrawn``."""
    kind: str
    """``startup``, ``lab``, ``company`` or ``authority``."""
    language: str
    name: str
    summary: str
    themes: list[str]
    territories: list[str]
    url: str
    """Path on the site."""
    updated_at: datetime
    published_at: datetime | None


class Organization(OrganizationSummary):
    """An organization, whole."""

    description: str
    siren: str | None
    siret: str | None
    website: str | None
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    membership: str | None
    """What the bearer is in it: ``owner``, ``member`` or None."""
    actions: list[str]
    """What the bearer may ask for now: ``edit``, ``publish``, ``withdraw``, ``invite``."""


class OrganizationPage(Answer):
    """A page of organizations."""

    items: list[OrganizationSummary]
    next: str | None


class MyOrganization(OrganizationSummary):
    """An organization the bearer belongs to."""

    membership: str


class MyOrganizations(Answer):
    """A page of the bearer's organizations."""

    items: list[MyOrganization]
    next: str | None


class Member(Answer):
    """Who belongs to an organization."""

    person: PersonRef
    role: str
    since: datetime


class Members(Answer):
    """A page of members."""

    items: list[Member]
    next: str | None


class Invitation(Answer):
    """An invitation nobody has used yet."""

    id: str
    role: str
    note: str
    by: PersonRef
    at: datetime
    expires_at: datetime


class NewInvitation(Invitation):
    """An invitation with its token, told once."""

    token: str


class Invitations(Answer):
    """A page of open invitations."""

    items: list[Invitation]
    next: str | None


class Invited(Answer):
    """What a token invites to."""

    organization: OrganizationRef
    role: str
    expires_at: datetime
    membership: str | None
    """What the bearer is in it already."""


class NewOrganization(Answer):
    """What somebody says of a new organization."""

    kind: str
    language: str
    name: str
    summary: str = ""
    description: str = ""
    siren: str | None = None
    siret: str | None = None
    website: str | None = None
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
