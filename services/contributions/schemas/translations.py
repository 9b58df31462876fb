"""Translations of a contribution."""

from __future__ import annotations

from uuid import UUID

from services.contributions.schemas.fields import Closed


class TranslationIn(Closed):
    """The same text in another language."""

    contribution: UUID
