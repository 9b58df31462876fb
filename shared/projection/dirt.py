"""What the index does not show yet, and how a change spreads to those below it.

Work is taken by priority: what must vanish first, then new and changed, renames last. A row is cleaned only
if its ``stamp`` is still the one that was read, after the index acknowledged; whoever marks it meanwhile gives
it a new stamp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

SPREAD = 500
"""How many are marked in one transaction when a change spreads."""
_CASCADES = 50
"""How many changes spread in one transaction."""


@dataclass(frozen=True)
class Dirt:
    """A document the index must show anew."""

    id: str
    stamp: int


_ALONE = text("""
    WITH first AS (
        SELECT id FROM dirt WHERE cascade ORDER BY priority, stamp LIMIT :most FOR UPDATE
    ), alone AS (
        UPDATE dirt SET cascade = false FROM first
        WHERE dirt.id = first.id
            AND NOT EXISTS (SELECT FROM document d WHERE d.parent = dirt.id)
            AND NOT EXISTS (SELECT FROM document d WHERE d.refs @> ARRAY[dirt.id])
        RETURNING dirt.id
    )
    SELECT (SELECT count(*) FROM first) AS spreading, (SELECT count(*) FROM alone) AS alone
""")
_CASCADING = text("""
    SELECT id, stamp, priority, spread_to FROM dirt WHERE cascade ORDER BY priority, stamp LIMIT 1 FOR UPDATE
""")
_BELOW = text("""
    SELECT d.id, d.parent = :id AND (
        EXISTS (SELECT FROM document c WHERE c.parent = d.id)
        OR EXISTS (SELECT FROM document c WHERE c.refs @> ARRAY[d.id])) AS cascade
    FROM document d
    WHERE (d.parent = :id OR d.refs @> ARRAY[CAST(:id AS text)]) AND d.id > :after AND d.id <> :id
    ORDER BY d.id LIMIT :most
""")
_LOOPED = text("""
    WITH RECURSIVE up AS (
        SELECT id, parent FROM document WHERE id = :id
        UNION ALL
        SELECT d.id, d.parent FROM up JOIN document d ON d.id = up.parent
    ) CYCLE id SET looped USING path
    SELECT EXISTS (SELECT FROM up WHERE looped AND id = :id)
""")
_AROUND = text("""
    WITH RECURSIVE down AS (
        SELECT id FROM document WHERE id = :id
        UNION
        SELECT d.id FROM down JOIN document d ON d.parent = down.id
    )
    SELECT id FROM down WHERE id <> :id
    UNION
    SELECT d.id FROM document d WHERE d.id <> :id AND d.refs && ARRAY(SELECT id FROM down)
""")
_MARK = text("""
    INSERT INTO dirt AS d (id, priority, cascade)
    SELECT id, CAST(:priority AS smallint), cascade
    FROM unnest(CAST(:ids AS text[]), CAST(:cascades AS boolean[])) AS t(id, cascade) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET stamp = nextval('stamp'),
        priority = LEAST(d.priority, EXCLUDED.priority),
        cascade = d.cascade OR EXCLUDED.cascade,
        spread_to = CASE WHEN EXCLUDED.cascade THEN '' ELSE d.spread_to END
""")
_SPREAD_TO = text("UPDATE dirt SET spread_to = :to, cascade = :more WHERE id = :id AND stamp = :stamp")
_TAKE = text("""
    SELECT id, stamp FROM dirt WHERE NOT cascade OR priority = 0 ORDER BY priority, stamp LIMIT :most
""")
_CLEAN = text("""
    WITH done AS (
        SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:stamps AS bigint[]), CAST(:kept AS boolean[]))
            AS t(id, stamp, kept)
    ), cleaned AS (
        DELETE FROM dirt USING done WHERE dirt.id = done.id AND dirt.stamp = done.stamp AND NOT dirt.cascade
    ), late AS (
        INSERT INTO dirt (id, priority, cascade)
        SELECT done.id, 0, false FROM done WHERE NOT EXISTS (SELECT FROM dirt WHERE dirt.id = done.id)
        ON CONFLICT (id) DO UPDATE SET stamp = nextval('stamp')
    )
    UPDATE document d SET indexed = CASE WHEN done.kept THEN done.stamp END
    FROM done WHERE d.id = done.id AND d.indexed IS DISTINCT FROM CASE WHEN done.kept THEN done.stamp END
""")
_MARK_ALL = text("""
    INSERT INTO dirt AS d (id, priority, cascade)
    SELECT unnest(CAST(:ids AS text[])), 1, false
    ON CONFLICT (id) DO UPDATE SET stamp = nextval('stamp')
""")


async def spread(session: AsyncSession) -> bool:
    """Spread changes to those below and those that name them, by one step; whether there was any to spread."""
    # Most changes concern nobody else: those are told apart together, not one by one.
    first = (await session.execute(_ALONE, {"most": SPREAD})).one()
    if first.spreading == 0:
        return False
    if first.alone == first.spreading < SPREAD:
        return True
    marked = 0
    for _ in range(_CASCADES):
        if marked >= SPREAD:
            break
        row = (await session.execute(_CASCADING)).one_or_none()
        if row is None:
            break
        marked += await _spread_one(session, row)
    return True


async def _spread_one(session: AsyncSession, row: Any) -> int:
    if (await session.execute(_LOOPED, {"id": row.id})).scalar_one():
        return await _spread_around(session, row)
    below = (await session.execute(_BELOW, {"id": row.id, "after": row.spread_to, "most": SPREAD})).all()
    if below:
        await session.execute(
            _MARK,
            {
                "priority": row.priority,
                "ids": [found.id for found in below],
                # Who hangs below hides or changes others in turn; who only names it changes alone.
                "cascades": [bool(found.cascade) for found in below],
            },
        )
    more = len(below) == SPREAD
    to = below[-1].id if below else row.spread_to
    await session.execute(_SPREAD_TO, {"id": row.id, "stamp": row.stamp, "to": to, "more": more})
    return len(below)


async def _spread_around(session: AsyncSession, row: Any) -> int:
    """Mark all that hangs below a document which hangs below itself, at once and without a further cascade.

    Step by step it would come round for ever. Nothing in a circle is shown, as none of it hangs under a root; but
    owners may tell its parts in an order that closes one for a moment, and what was shown before must vanish.
    """
    around = list((await session.execute(_AROUND, {"id": row.id})).scalars())
    if around:
        await session.execute(_MARK, {"priority": row.priority, "ids": around, "cascades": [False] * len(around)})
    await session.execute(_SPREAD_TO, {"id": row.id, "stamp": row.stamp, "to": row.spread_to, "more": False})
    return len(around)


async def take(session: AsyncSession, most: int) -> list[Dirt]:
    """The next documents to show anew. They stay dirty until `clean`.

    A change that still spreads is shown once it has spread, so that it is shown once; only what must vanish
    does not wait for that.
    """
    return [Dirt(row.id, row.stamp) for row in await session.execute(_TAKE, {"most": most})]


async def clean(session: AsyncSession, done: Sequence[Dirt], kept: Mapping[str, bool]) -> None:
    """The index shows these now (``kept``: whether the document is in it or out of it).

    What is not dirty any more was cleaned by another projector, which took over while this one stood still: it may have
    shown something newer, over which this one wrote. It is shown once more.
    """
    await session.execute(
        _CLEAN,
        {
            "ids": [one.id for one in done],
            "stamps": [one.stamp for one in done],
            "kept": [kept[one.id] for one in done],
        },
    )


async def mark(session: AsyncSession, ids: Sequence[str]) -> None:
    """Have these shown anew, for example because a comparison found a difference."""
    await session.execute(_MARK_ALL, {"ids": list(ids)})


async def depth(session: AsyncSession) -> int:
    """How many documents the index does not show yet."""
    result: Any = (await session.execute(text("SELECT count(*) FROM dirt"))).scalar_one()
    return int(result)
