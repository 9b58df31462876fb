"""What events does when others speak: remembers how people are named, and which labels there are."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.tables import KnownLabel, PersonName
from shared.contracts.base import Shown
from shared.contracts.contributions import TERRITORIES, THEMES, ThemeDefined
from shared.contracts.identity import PEOPLE, PersonNamed
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Apply, Hide, Reactions, StateReaction
from shared.storage.tables import table_of


async def name_people(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    """Keep the names told, drop those to be forgotten."""
    named = [m.contract for m in messages if isinstance(m.contract, PersonNamed)]
    forgotten = [UUID(m.key) for m in messages if not isinstance(m.contract, PersonNamed)]
    if named:
        rows = insert(PersonName).values([{"id": UUID(person.id), "name": person.name} for person in named])
        await session.execute(rows.on_conflict_do_update(index_elements=["id"], set_={"name": rows.excluded.name}))
    if forgotten:
        await session.execute(delete(PersonName).where(table_of(PersonName).c.id.in_(forgotten)))


async def hide_person(session: AsyncSession, key: str) -> None:
    """Show no name rather than one that may be wrong. Never refuses a key: nobody is kept under one that is no id."""
    with contextlib.suppress(ValueError):
        await session.execute(delete(PersonName).where(table_of(PersonName).c.id == UUID(key)))


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


THEME, TERRITORY = ThemeDefined.ENTITY, "territory"

REACTIONS = Reactions(
    "events",
    (
        StateReaction(PEOPLE, name_people, hide_person),
        StateReaction(THEMES, _knowing(THEME), _forgetting(THEME)),
        StateReaction(TERRITORIES, _knowing(TERRITORY), _forgetting(TERRITORY)),
    ),
)
