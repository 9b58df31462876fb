"""Invitations to become an author."""

from __future__ import annotations

from datetime import datetime

from shared.clients.base import Answer, PersonRef


class Invitation(Answer):
    """An invitation nobody has accepted yet."""

    id: str
    note: str
    by: PersonRef
    at: datetime
    expires_at: datetime


class NewInvitation(Invitation):
    """An invitation just made, with the secret of its link."""

    secret: str


class Invitations(Answer):
    """Those that still hold, oldest first."""

    items: list[Invitation]


class Invited(Answer):
    """What a link invites to."""

    id: str
    kind: str
    language: str
    title: str
    summary: str
    authors: list[PersonRef]
    by: PersonRef
    expires_at: datetime
