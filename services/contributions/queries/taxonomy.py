"""Themes and territories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.schemas.taxonomy import TerritoriesOut, TerritoryOut, ThemeOut, ThemesOut
from services.contributions.tables import Territory, Theme
from shared.http.problems import GONE, NOT_FOUND, Problem
from shared.storage.tables import table_of

LabelT = TypeVar("LabelT", Theme, Territory)


async def themes(session: AsyncSession) -> ThemesOut:
    """All themes in use, in the order they are shown, and where merged ones went. One query."""
    rows = await _labels(session, Theme)
    items = [ThemeOut.model_validate(row._mapping) for row in rows if row.moved_to is None]
    return ThemesOut(items=items, moved={row.id: row.moved_to for row in rows if row.moved_to is not None})


async def territories(session: AsyncSession) -> TerritoriesOut:
    """All territories in use, in the order they are shown, and where merged ones went. One query."""
    rows = await _labels(session, Territory)
    items = [TerritoryOut.model_validate(row._mapping) for row in rows if row.moved_to is None]
    return TerritoriesOut(items=items, moved={row.id: row.moved_to for row in rows if row.moved_to is not None})


async def _labels(session: AsyncSession, entity: type[Theme] | type[Territory]) -> Sequence[Any]:
    table: Any = table_of(entity)
    return list((await session.execute(select(table).order_by(table.c.position, table.c.id))).all())


async def theme(session: AsyncSession, id: str) -> ThemeOut:
    """One theme. Raises Problem 404, or 410 with ``moved_to`` once it was merged."""
    return ThemeOut.model_validate((await _in_use(session, Theme, id)).model_dump())


async def territory(session: AsyncSession, id: str) -> TerritoryOut:
    """One territory. Raises Problem 404, or 410 with ``moved_to`` once it was merged."""
    return TerritoryOut.model_validate((await _in_use(session, Territory, id)).model_dump())


async def _in_use(session: AsyncSession, entity: type[LabelT], id: str) -> LabelT:
    found = await session.get(entity, id)
    if found is None:
        raise no_label(entity, id)
    if found.moved_to is not None:
        raise moved_label(found)
    return found


def no_label(entity: type[Theme] | type[Territory], id: str) -> Problem:
    """The problem of an id that never was one."""
    return Problem(NOT_FOUND, f"There is no {entity.__name__.lower()} {id!r}.")


def moved_label(found: Theme | Territory) -> Problem:
    """The problem of one that was merged: it says where it went."""
    return Problem(GONE, f"It was merged into {found.moved_to!r}.", extra={"moved_to": found.moved_to})
