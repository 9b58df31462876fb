"""Telling others: a message is written beside the rows it is about, in the same transaction."""

from __future__ import annotations

from sqlalchemy import delete, insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.base import Contract
from shared.messaging import steps
from shared.messaging.envelope import headers_of, payload_of
from shared.storage import tables
from shared.storage.database import Database
from shared.storage.tables import Told


class EpochUnknown(ConnectionError):
    """Nothing can be told before the database's lineage was checked: its messages would count as old."""


async def tell(session: AsyncSession, entity: Told, contract: Contract) -> None:
    """Tell the others about an entity the caller has locked (`storage.locks.lock`) or has just added.

    Takes the entity's next ordinal; the message leaves when the transaction commits, and never if it does not.
    Raises PayloadTooLarge naming the field.
    """
    entity.ordinal += 1
    session.add(entity)
    await write(session, contract, ordinal=entity.ordinal)


async def write(session: AsyncSession, contract: Contract, *, ordinal: int) -> None:
    """Write a message whose ordinal the caller answers for; commands use `tell`."""
    database: Database = session.info["database"]
    if not database.epoch:
        raise EpochUnknown(f"the lineage of {database.address.name} is not known yet")
    with steps.creating(database.service, contract) as creating:
        headers = headers_of(
            contract,
            source=database.service,
            ordinal=ordinal,
            epoch=database.epoch,
            traceparent=creating.context.traceparent,
        )
        await session.execute(
            insert(tables.outbox).values(
                topic=contract.TOPIC,
                key=contract.id,
                ordinal=ordinal,
                type=contract.TYPE,
                headers=headers | creating.context.headers,
                payload=payload_of(contract),
            )
        )
    session.info["told"] = True


async def take_back(session: AsyncSession, topic: str, key: str) -> None:
    """Delete what waits to be told about an entity the caller has locked; its newest state is told after this.

    For a state topic only, where the newest message is enough.
    """
    waiting = tables.outbox.c.topic == topic, tables.outbox.c.key == key
    await session.execute(delete(tables.outbox).where(*waiting))
