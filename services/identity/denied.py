"""Whom identity itself refuses: it asks its own database, not what it told."""

from __future__ import annotations

from uuid import UUID

from services.identity import queries
from shared.runtime.resources import Resources


class OwnDenials:
    """See `shared.auth.denials.Denials`."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def refuses(self, person: UUID) -> bool:
        """Whether nothing signed for this person counts any more."""
        async with self._resources.database.reading() as session:
            return await queries.is_denied(session, person)
