"""What the hearer declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData, text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.http.route import service_router
from shared.messaging.envelope import Incoming
from shared.messaging.reactions import Reactions, StateReaction
from shared.runtime.service import Service
from shared.storage.database import Database
from tests.messaging.bulletin.contracts import BULLETINS, BulletinPosted


async def hear(session: AsyncSession, messages: Sequence[Incoming]) -> None:
    """Keep the newest title of each, and a line of each application."""
    for message in messages:
        title = message.contract.title if isinstance(message.contract, BulletinPosted) else None
        await session.execute(
            text("INSERT INTO heard VALUES (:id, :title) ON CONFLICT (id) DO UPDATE SET title = excluded.title"),
            {"id": message.key, "title": title},
        )
        await session.execute(
            text("INSERT INTO hearing (id, epoch, ordinal, title) VALUES (:id, :epoch, :ordinal, :title)"),
            {"id": message.key, "epoch": message.epoch, "ordinal": message.ordinal, "title": title},
        )


async def hide(session: AsyncSession, key: str) -> None:
    """Forget the title."""
    await session.execute(text("UPDATE heard SET title = NULL WHERE id = :id"), {"id": key})


@dataclass(frozen=True)
class Hearing:
    """One application of a message."""

    id: str
    epoch: int
    ordinal: int
    title: str | None


async def heard(database: Database) -> dict[str, str | None]:
    """Id → title, None for what is gone."""
    async with database.transaction() as session:
        rows = await session.execute(text("SELECT id, title FROM heard"))
        return {row.id: row.title for row in rows}


async def hearings(database: Database) -> list[Hearing]:
    """Every application, in order."""
    async with database.transaction() as session:
        rows = await session.execute(text("SELECT id, epoch, ordinal, title FROM hearing ORDER BY seq"))
        return [Hearing(*row) for row in rows]


REACTIONS = Reactions("hearer", states=(StateReaction(BULLETINS, hear, hide),))

SERVICE = Service(
    name="hearer",
    title="Hears of bulletins",
    paths=("/api/hearer",),
    router=service_router(),
    metadata=MetaData(),
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
)
