"""What the site does when identity says that somebody is not let in any more: it ends their sessions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.web.tables import SiteSession
from shared.contracts.identity import DENIALS, AccessDenied
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Reactions, StateReaction


async def _hear(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    for message in messages:
        if isinstance(message.contract, AccessDenied):
            await _end_sessions(session, message.key)


async def _end_sessions(session: AsyncSession, person: str) -> None:
    await session.execute(delete(SiteSession).where(col(SiteSession.person) == person))


REACTIONS = Reactions("web", states=(StateReaction(DENIALS, _hear, _end_sessions),))
