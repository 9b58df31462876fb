"""How people are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.schemas.fields import PersonOut
from services.contributions.tables import AuthorName
from shared.storage.among import among
from shared.storage.tables import table_of


async def author_names(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of people, in one query; those nobody told of are missing."""
    wanted = list(ids)
    if not wanted:
        return {}
    table: Any = table_of(AuthorName)
    rows = await session.execute(select(table.c.id, table.c.name).where(among(table.c.id, wanted)))
    return {row.id: row.name for row in rows}


def people_of(ids: Sequence[UUID], names: dict[UUID, str]) -> list[PersonOut]:
    """People in the given order; without a name where nobody told it."""
    return [PersonOut(id=id, name=names.get(id, "")) for id in ids]
