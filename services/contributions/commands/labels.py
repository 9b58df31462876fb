"""The themes and territories that a text may be about."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.tables import Territory, Theme
from shared.http.problems import INVALID, Problem
from shared.storage.among import among
from shared.storage.tables import table_of


async def labels_in_use(session: AsyncSession, themes: list[str], territories: list[str]) -> dict[str, list[str]]:
    """The labels asked for, by field; one that was merged is taken for its successor. Raises Problem 422.

    Nobody merges them until the transaction ends: a contribution would be left with a label that is gone.
    """
    errors: list[tuple[str, str]] = []
    found: dict[str, list[str]] = {}
    asked: tuple[tuple[str, type[Theme] | type[Territory], list[str]], ...] = (
        ("themes", Theme, themes),
        ("territories", Territory, territories),
    )
    for field, table, ids in asked:
        found[field] = []
        if ids:
            columns = table_of(table).c
            query = select(columns.id, columns.moved_to).where(among(columns.id, ids)).order_by(columns.id)
            rows = await session.execute(query.with_for_update(read=True, key_share=True))
            known = {row.id: row.moved_to or row.id for row in rows}
            errors += [
                (field, f"{id!r} is not known; GET /api/{field} lists those that are") for id in ids if id not in known
            ]
            found[field] = list(dict.fromkeys(known[id] for id in ids if id in known))
    if errors:
        raise Problem(INVALID, errors=errors)
    return found
