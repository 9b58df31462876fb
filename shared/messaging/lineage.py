"""Which database this is. After a restore or a move, ordinals may repeat ones others have seen: a new epoch
begins then, before any command runs, and the service says all its states again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from shared.storage.database import Database
from shared.storage.tables import lineage

log = structlog.get_logger()

_HERE = text("""
    SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
           (SELECT timeline_id::bigint FROM pg_control_checkpoint()) AS timeline,
           (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database_oid
""")


@dataclass(frozen=True)
class Lineage:
    """What became of the comparison."""

    epoch: int
    changed: bool
    """Whether the database is another one than it said."""
    owes_republish: bool
    """Whether its states are to be told again: until `settled` says that they were, also over a crash."""


async def check(database: Database, *, restored: bool = False) -> Lineage:
    """Compare the database with what it says it is, begin a new epoch if they differ, and set `Database.epoch`.

    With ``restored`` an operator says so by hand. Call it before any command runs.
    """
    async with database.transaction() as session:
        here = (await session.execute(_HERE)).one()._asdict()
        stored = (await session.execute(select(lineage).with_for_update())).one_or_none()
        if stored is None:
            epoch, changed, owes = 1, False, False
        else:
            known = {name: getattr(stored, name) for name in here}
            changed = restored or known != here
            epoch = max(stored.epoch + 1, int(time.time())) if changed else stored.epoch
            owes = changed or stored.republish_owed
        if stored is None or changed:
            now = {**here, "epoch": epoch, "republish_owed": owes}
            row = insert(lineage).values(single=1, **now)
            await session.execute(row.on_conflict_do_update(index_elements=["single"], set_=now))
    if changed:
        log.warning("database was restored or moved: a new epoch begins", service=database.service, epoch=epoch)
    database.epoch = epoch
    return Lineage(epoch, changed, owes)


async def settled(database: Database) -> None:
    """All states were told in this epoch."""
    async with database.transaction() as session:
        await session.execute(update(lineage).where(lineage.c.epoch == database.epoch).values(republish_owed=False))
