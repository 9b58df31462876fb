"""What a request left behind."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from tests.support.service import ServiceUnderTest


@dataclass(frozen=True)
class Kept:
    """Rows in the database."""

    bulletins: int
    told: int
    keys: int


NOTHING = Kept(0, 0, 0)


async def kept(under_test: ServiceUnderTest) -> Kept:
    """How many bulletins, messages and idempotency keys there are."""
    async with under_test.database.transaction() as session:
        row = await session.execute(
            text(
                "SELECT (SELECT count(*) FROM bulletin), (SELECT count(*) FROM outbox),"
                " (SELECT count(*) FROM idempotent_request)"
            )
        )
        return Kept(*row.one())
