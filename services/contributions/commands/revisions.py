"""Keeping the text as it was when it was submitted, published or corrected."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.tables import Contribution, Revision


class Occasion(StrEnum):
    """Why a revision was kept."""

    SUBMITTED = "submitted"
    PUBLISHED = "published"
    CORRECTED = "corrected"


PUBLIC = (Occasion.PUBLISHED, Occasion.CORRECTED)
"""The revisions readers may see: since publication."""


def keep(
    session: AsyncSession, contribution: Contribution, occasion: Occasion, by: UUID | None, reason: str | None = None
) -> Revision:
    """Keep the text of a contribution the caller has locked (or has just added) as its next revision."""
    contribution.revisions += 1
    kept = Revision(
        contribution_id=contribution.id,
        number=contribution.revisions,
        by=by,
        occasion=occasion,
        title=contribution.title,
        summary=contribution.summary,
        body=contribution.body,
        text=contribution.text,
        sources=contribution.sources,
        reason=reason,
    )
    session.add(kept)
    return kept
