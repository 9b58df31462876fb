"""Giving oneself a picture, and taking it away."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.identity.commands.accounts import locked
from services.identity.pictures import digest_of
from services.identity.tables import Account, Picture


async def show(session: AsyncSession, id: UUID, content: bytes) -> Account:
    """Show somebody by a picture (`pictures.square`) in place of the one before. Raises Problem 404."""
    account = await locked(session, id, None)
    digest = digest_of(content)
    if account.picture != digest:
        picture = await session.get(Picture, id) or Picture(account_id=id, digest=digest, content=content)
        picture.digest, picture.content = digest, content
        session.add(picture)
        account.picture = digest
        account.version += 1
        await session.flush()
    return account


async def take_away(session: AsyncSession, id: UUID) -> Account:
    """Show somebody without a picture; nothing changes for who has none. Raises Problem 404."""
    account = await locked(session, id, None)
    if account.picture is not None:
        picture = await session.get(Picture, id)
        if picture is not None:
            await session.delete(picture)
        account.picture = None
        account.version += 1
        await session.flush()
    return account
