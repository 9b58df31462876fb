"""Names of people, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.schemas.sessions import SpeakerOut
from services.events.tables import PersonName
from shared.storage.among import among
from shared.storage.tables import table_of

Names = Mapping[UUID, str]


async def names_of(session: AsyncSession, ids: Iterable[UUID]) -> Names:
    """In one query; those nobody told of are missing."""
    wanted = list(ids)
    if not wanted:
        return {}
    c: Any = table_of(PersonName).c
    return {row.id: row.name for row in await session.execute(select(c.id, c.name).where(among(c.id, wanted)))}


def people_in(speakers: Iterable[Sequence[Mapping[str, Any]]]) -> set[UUID]:
    """The people known here among the speakers of several sessions."""
    return {UUID(one["person"]) for group in speakers for one in group if one["person"] is not None}


def shown(speakers: Sequence[Mapping[str, Any]], names: Names) -> list[SpeakerOut]:
    """Speakers as they are named: a person by their own name, else as the organizer wrote it."""
    return [
        SpeakerOut(person=person, name=(names.get(person) if person else None) or one["name"])
        for one in speakers
        for person in [UUID(one["person"]) if one["person"] is not None else None]
    ]
