"""Pages in the order of an instant and an id, newest first; and the names of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners.schemas.fields import PersonOut
from services.partners.tables import PersonName
from shared.http import paging
from shared.storage.among import among
from shared.storage.tables import table_of, utc


async def page(
    session: AsyncSession, query: Select[Any], at: Any, id: Any, cursor: str | None, limit: int
) -> tuple[Sequence[Any], str | None]:
    """The rows of a page, and the cursor of the next. The query selects ``at`` and ``id`` as ``place_at`` and
    ``place_id``. Raises Problem 422 for a cursor that says nothing."""
    query = query.add_columns(at.label("place_at"), id.label("place_id"))
    place = paging.decode(cursor, 2)
    if place is not None:
        query = query.where(tuple_(at, id) < _place(at, place))
    rows = (await session.execute(query.order_by(at.desc(), id.desc()).limit(limit + 1))).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], paging.encode([last.place_at.isoformat(), str(last.place_id)])


def _place(at: Any, place: list[Any]) -> tuple[datetime | date, UUID]:
    try:
        id = UUID(place[1])
        if isinstance(at.type, Date):
            return date.fromisoformat(place[0]), id
        return utc(datetime.fromisoformat(place[0])).astimezone(UTC), id
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise paging.bad_cursor() from None


async def names_of(session: AsyncSession, people: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names known of these people, in one query."""
    asked = {id for id in people if id is not None}
    if not asked:
        return {}
    p = table_of(PersonName).c
    return {row.id: row.name for row in await session.execute(select(p.id, p.name).where(among(p.id, asked)))}


def person(id: UUID, names: Mapping[UUID, str]) -> PersonOut:
    """A person with their name, if it is known."""
    return PersonOut(id=id, name=names.get(id, ""))
