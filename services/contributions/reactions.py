"""What contributions does when identity speaks: remembers how authors are named."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.tables import AuthorName
from shared.contracts.identity import PEOPLE, PersonNamed
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Reactions, StateReaction


async def name_people(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    """Keep the names told, drop those to be forgotten."""
    named = [m.contract for m in messages if isinstance(m.contract, PersonNamed)]
    forgotten = [UUID(m.key) for m in messages if not isinstance(m.contract, PersonNamed)]
    if named:
        rows = insert(AuthorName).values([{"id": UUID(person.id), "name": person.name} for person in named])
        await session.execute(rows.on_conflict_do_update(index_elements=["id"], set_={"name": rows.excluded.name}))
    if forgotten:
        await session.execute(delete(AuthorName).where(AuthorName.id.in_(forgotten)))  # type: ignore[attr-defined]


async def hide_person(session: AsyncSession, key: str) -> None:
    """Show no name rather than one that may be wrong. Never refuses a key: nobody is kept under one that is no id."""
    with contextlib.suppress(ValueError):
        await session.execute(delete(AuthorName).where(AuthorName.id == UUID(key)))  # type: ignore[arg-type]


REACTIONS = Reactions("contributions", states=(StateReaction(PEOPLE, name_people, hide_person),))
