"""What events does when others speak: remembers how people are named, and which labels there are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.tables import KnownLabel, PersonName
from shared.contracts.base import Shown
from shared.contracts.contributions import TERRITORIES, THEMES, ThemeDefined
from shared.messaging.envelope import Incoming
from shared.messaging.people import naming
from shared.messaging.reactions import Apply, Hide, Reactions, StateReaction
from shared.storage.tables import table_of


def _knowing(kind: str) -> Apply:
    async def know(session: AsyncSession, messages: Sequence[Incoming]) -> None:
        in_use = [m.key for m in messages if isinstance(m.contract, Shown)]
        retired = [m.key for m in messages if not isinstance(m.contract, Shown)]
        if in_use:
            rows = insert(KnownLabel).values([{"kind": kind, "id": id} for id in in_use])
            await session.execute(rows.on_conflict_do_nothing())
        if retired:
            c = table_of(KnownLabel).c
            await session.execute(delete(KnownLabel).where(c.kind == kind, c.id.in_(retired)))

    return know


def _forgetting(kind: str) -> Hide:
    async def forget(session: AsyncSession, key: str) -> None:
        c = table_of(KnownLabel).c
        await session.execute(delete(KnownLabel).where(c.kind == kind, c.id == key))

    return forget


NAMES = naming(PersonName)
THEME, TERRITORY = ThemeDefined.ENTITY, "territory"

REACTIONS = Reactions(
    "events",
    (
        NAMES,
        StateReaction(THEMES, _knowing(THEME), _forgetting(THEME)),
        StateReaction(TERRITORIES, _knowing(TERRITORY), _forgetting(TERRITORY)),
    ),
)
