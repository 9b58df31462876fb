"""Long work on the index, asked for by anybody who reaches the database and done by the projector.

A *rebuild* fills a new generation beside the live one, document by document, while every change goes to both,
and swaps them in one step. A *purge* is a rebuild that begins after it was asked for, so that nothing of what is gone
by then stands in any file of the index. A *verify* compares the whole index with the documents and marks differences.
Either goes on where it stood after a crash. A rebuild *from the log* fills new tables too (`from_log`), and begins anew
after a crash, unless its tables were swapped in already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

FROM_LOG = "from-log"
READING, SWAPPED = "reading", "swapped"
"""How far a rebuild from the log has come: the live tables are the old ones, or the new ones already."""

_NEW_NAME = "'g' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSMS')"
_COLUMNS = "id, kind, generation, scanned_to, scanned, asked_at, finished_at, differences"


@dataclass(frozen=True)
class IndexTask:
    """A rebuild, a purge or a comparison, and how far it has come."""

    id: int
    kind: str
    generation: str | None
    scanned_to: str
    scanned: int
    asked_at: datetime
    finished_at: datetime | None
    differences: int


async def ask(session: AsyncSession, kind: str) -> int:
    """Ask for a ``rebuild``, a ``purge``, a ``verify`` or one `FROM_LOG`; joins one already asked for. Its id."""
    row = await session.execute(
        text(
            f"INSERT INTO index_task (kind, generation) VALUES (:kind, {_NEW_NAME})"  # noqa: S608
            " ON CONFLICT (kind) WHERE finished_at IS NULL DO UPDATE SET kind = EXCLUDED.kind RETURNING id"
        ),
        {"kind": kind},
    )
    return int(row.scalar_one())


async def find(session: AsyncSession, id: int) -> IndexTask | None:
    """A task by its id."""
    row = (
        await session.execute(text(f"SELECT {_COLUMNS} FROM index_task WHERE id = :id"), {"id": id})  # noqa: S608
    ).one_or_none()
    return IndexTask(*row) if row is not None else None


async def under_way(session: AsyncSession) -> list[IndexTask]:
    """Those not finished, rebuilds first."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM index_task WHERE finished_at IS NULL ORDER BY kind, id")  # noqa: S608
    )
    return [IndexTask(*row) for row in rows]


async def begin_anew(session: AsyncSession, task: IndexTask) -> str:
    """Let a rebuild from the log begin, under a new name: runs before it have no say any more. The name."""
    row = await session.execute(
        text(
            f"UPDATE index_task SET generation = {_NEW_NAME}, scanned_to = :reading, scanned = 0"  # noqa: S608
            " WHERE id = :id RETURNING generation"
        ),
        {"id": task.id, "reading": READING},
    )
    return str(row.scalar_one())


async def swapped(session: AsyncSession, task: IndexTask) -> bool:
    """Note that the tables of a rebuild from the log are the live ones; False if another run took it over."""
    row = await session.execute(
        text(
            "UPDATE index_task SET scanned_to = :swapped WHERE id = :id AND generation = :generation"
            " AND scanned_to = :reading AND finished_at IS NULL RETURNING id"
        ),
        {"id": task.id, "generation": task.generation, "reading": READING, "swapped": SWAPPED},
    )
    return row.scalar_one_or_none() is not None


async def advance(session: AsyncSession, task: IndexTask, to: str, scanned: int, differences: int = 0) -> None:
    """Note how far a task has come."""
    await session.execute(
        text(
            "UPDATE index_task SET scanned_to = :to, scanned = scanned + :scanned,"
            " differences = differences + :differences WHERE id = :id"
        ),
        {"id": task.id, "to": to, "scanned": scanned, "differences": differences},
    )


async def finish(session: AsyncSession, task: IndexTask, differences: int = 0) -> None:
    """Note that it is done."""
    await session.execute(
        text("UPDATE index_task SET finished_at = now(), differences = differences + :differences WHERE id = :id"),
        {"id": task.id, "differences": differences},
    )


async def verify_is_due(session: AsyncSession) -> bool:
    """Whether a day has passed since the last comparison was asked for, or since the index was first filled."""
    row = await session.execute(
        text(
            "SELECT coalesce(coalesce(max(asked_at) FILTER (WHERE kind = 'verify'), min(asked_at))"
            " < now() - interval '1 day', false) FROM index_task"
        )
    )
    return bool(row.scalar_one())
