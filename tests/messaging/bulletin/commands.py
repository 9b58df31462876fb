"""Every change of a bulletin."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.messaging.outbox import tell
from shared.storage.database import Database
from shared.storage.identifiers import new_id
from shared.storage.locks import lock
from tests.messaging.bulletin.contracts import BulletinPosted, BulletinRemoved
from tests.messaging.bulletin.tables import Bulletin


def of_bulletin(bulletin: Bulletin) -> BulletinPosted | BulletinRemoved | None:
    """Its public state; None for one that nobody was ever told of."""
    if bulletin.posted:
        return BulletinPosted(id=str(bulletin.id), title=bulletin.title)
    return BulletinRemoved(id=str(bulletin.id)) if bulletin.ordinal else None


async def post(session: AsyncSession, bulletin: Bulletin) -> Bulletin:
    """Add a bulletin and tell of it."""
    session.add(bulletin)
    await session.flush()
    message = of_bulletin(bulletin)
    if message is not None:
        await tell(session, bulletin, message)
    return bulletin


async def retitle(session: AsyncSession, id: UUID, title: str) -> Bulletin:
    """Change the title under the row's lock, and tell."""
    bulletin = await lock(session, Bulletin, id)
    assert bulletin is not None
    bulletin.title, bulletin.version = title, bulletin.version + 1
    message = of_bulletin(bulletin)
    assert message is not None
    await tell(session, bulletin, message)
    return bulletin


async def posted(database: Database, title: str, id: UUID | None = None) -> UUID:
    """Post one in a transaction of its own; its id."""
    bulletin = Bulletin(id=id or new_id(), title=title)
    async with database.transaction() as session:
        await post(session, bulletin)
    return bulletin.id


async def retitled(database: Database, id: UUID, title: str) -> None:
    """Retitle one in a transaction of its own."""
    async with database.transaction() as session:
        await retitle(session, id, title)


async def forgotten(database: Database, id: UUID) -> None:
    """Delete the row and tell nobody, as a restore of an older backup would."""
    async with database.transaction() as session:
        await session.execute(delete(Bulletin).where(Bulletin.id == id))  # type: ignore[arg-type]
