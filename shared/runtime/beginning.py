"""Before a service does anything: its database's lineage is known, and what a forum starts with is there."""

from __future__ import annotations

from sqlalchemy import text

from shared.messaging import lineage
from shared.messaging.lineage import Lineage
from shared.runtime.service import Service
from shared.storage.database import Database

_ONE_BEGINS = text("SELECT pg_advisory_xact_lock(hashtext('begin'))")


async def begin(service: Service, database: Database) -> Lineage:
    """Make a migrated database fit for commands. Harmless when done again, also by several processes at once."""
    found = await lineage.check(database)
    if service.begin is not None:
        async with database.transaction() as session:
            await session.execute(_ONE_BEGINS)
            await service.begin(session)
    return found
