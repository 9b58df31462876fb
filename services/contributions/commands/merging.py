"""One theme or territory goes into another; the contributions that had it move over, batch by batch.

The merge itself is one short transaction: from then on nobody can choose the old one, lists and labels resolve it, and
its address leads to the other. The contributions follow in transactions of their own, each with its messages, so that
no reader waits for thousands of rows; a stop in between loses nothing, the next round goes on.
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import statements
from services.contributions.commands.taxonomy import ancestors, hold_the_tree
from services.contributions.queries.taxonomy import moved_label, no_label
from services.contributions.tables import Contribution, Territory, Theme
from shared.http.preconditions import Expected
from shared.http.problems import INVALID, Problem
from shared.messaging.outbox import tell
from shared.storage.tables import table_of

LabelT = TypeVar("LabelT", Theme, Territory)

BATCH = 100
"""Contributions a transaction."""


async def merge_theme(session: AsyncSession, id: str, expected: Expected, into: str) -> Theme:
    """Retire a theme in favour of another, which is returned. Raises Problem 404, 410, 412, 422."""
    retired, target, others = await _locked(session, Theme, id, expected, into)
    for one in (retired, *others):
        one.moved_to = target.id
    await tell(session, retired, statements.of_theme(retired))
    await session.flush()
    return target


async def merge_territory(session: AsyncSession, id: str, expected: Expected, into: str) -> Territory:
    """Retire a territory in favour of another, which takes over what lay in it and is returned.

    Raises Problem 404, 410, 412, 422: a territory does not go into one that lies in it.
    """
    await hold_the_tree(session)
    retired, target, others = await _locked(session, Territory, id, expected, into)
    if id in await ancestors(session, into):
        raise Problem(INVALID, errors=[("into", f"{into!r} lies in {id!r}; move it out of there first")])
    table: Any = Territory
    children = (
        (
            await session.execute(
                select(Territory)
                .where(table.parent == id, table.moved_to.is_(None))
                .order_by(table.id)
                .with_for_update()
            )
        )
        .scalars()
        .all()
    )
    for child in children:
        child.parent = target.id
        child.version += 1
        await tell(session, child, statements.of_territory(child))
    for one in (retired, *others):
        one.moved_to = target.id
    await tell(session, retired, statements.of_territory(retired))
    await session.flush()
    return target


async def _locked(
    session: AsyncSession, entity: type[LabelT], id: str, expected: Expected, into: str
) -> tuple[LabelT, LabelT, list[LabelT]]:
    """The one to retire, its successor, and those that were merged into it before; all locked, in one order."""
    columns: Any = entity
    query = (
        select(entity)
        .where(or_(columns.id.in_([id, into]), columns.moved_to == id))
        .order_by(columns.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: dict[str, LabelT] = {one.id: one for one in (await session.execute(query)).scalars()}
    retired, target = found.get(id), found.get(into)
    if retired is None:
        raise no_label(entity, id)
    if retired.moved_to is not None:
        raise moved_label(retired)
    expected.check(retired.version)
    if id == into:
        raise Problem(INVALID, errors=[("into", "is the same; choose another one")])
    if target is None or target.moved_to is not None:
        raise Problem(INVALID, errors=[("into", f"{into!r} is not in use; choose one that is")])
    retired.version += 1
    return retired, target, [one for one in found.values() if one.moved_to == id]


async def move_some(session: AsyncSession, entity: type[Theme] | type[Territory]) -> int:
    """Give up to `BATCH` contributions the successors of the merged labels they still have; how many there were.

    Their text did not change, so the date of their last change stays; their version rises, since what is read changed.
    """
    labels: Any = table_of(entity)
    moved = (await session.execute(select(labels.c.id, labels.c.moved_to).where(labels.c.moved_to.is_not(None)))).all()
    if not moved:
        return 0
    successor: dict[str, str] = {row.id: row.moved_to for row in moved}
    name = "themes" if entity is Theme else "territories"
    column: Any = getattr(Contribution, name)
    query = (
        select(Contribution)
        .where(column.overlap(cast(array(list(successor)), ARRAY(Text))))
        .order_by(Contribution.id)  # type: ignore[arg-type]
        .limit(BATCH)
        .with_for_update()
    )
    contributions = (await session.execute(query)).scalars().all()
    # Written together at the end: a flush before each message would be a statement for each contribution.
    with session.no_autoflush:
        for contribution in contributions:
            ids = [successor.get(id, id) for id in getattr(contribution, name)]
            setattr(contribution, name, list(dict.fromkeys(ids)))
            contribution.version += 1
            message = statements.of_contribution(contribution)
            if message is not None:
                await tell(session, contribution, message)
    await session.flush()
    return len(contributions)
