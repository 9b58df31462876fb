"""Authors of a contribution, and invitations to become one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.contributions.schemas.contributions import Kind
from services.contributions.schemas.fields import Closed, Language, PersonOut, line, storable

MOST_AUTHORS = 20

Secret = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]


def _line_if_any(value: str) -> str:
    return line(value) if value.strip() else ""


class InvitationIn(Closed):
    """An invitation for whoever gets its link."""

    note: Annotated[str, Field(max_length=100), AfterValidator(_line_if_any)] = ""
    """Whom it is meant for, so that authors know their invitations apart."""


class SecretIn(Closed):
    """The secret of an invitation's link."""

    secret: Secret


class OrderIn(Closed):
    """All its authors, in the order they are to be named."""

    authors: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AUTHORS)]


class InvitationOut(BaseModel):
    """An invitation nobody has accepted yet."""

    id: UUID
    note: str
    by: PersonOut
    at: datetime
    expires_at: datetime


class NewInvitationOut(InvitationOut):
    """An invitation just made: the only time its secret is told."""

    secret: str


class InvitationsOut(BaseModel):
    """Those that still hold, oldest first: there are never many."""

    items: list[InvitationOut]


class InvitedOut(BaseModel):
    """What somebody is invited to, as whoever has the link may see it."""

    id: UUID
    kind: Kind
    language: Language
    title: str
    summary: str
    authors: list[PersonOut]
    by: PersonOut
    expires_at: datetime
