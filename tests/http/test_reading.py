"""A request that changes nothing has no transaction: nothing to begin, nothing to commit."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.messaging.bulletin.tables import Bulletin
from tests.support.service import ServiceUnderTest


async def _now(session: AsyncSession) -> datetime:
    """When the transaction began; of a statement without one, when it did."""
    return (await session.execute(text("SELECT now()"))).scalar_one()  # type: ignore[no-any-return]


async def test_each_statement_stands_alone_and_in_a_transaction_they_do_not(bulletin: ServiceUnderTest) -> None:
    async with bulletin.database.reading() as session:
        assert await _now(session) < await _now(session)
    async with bulletin.database.transaction() as session:
        assert await _now(session) == await _now(session)


async def test_a_connection_that_was_read_with_has_transactions_again(bulletin: ServiceUnderTest) -> None:
    for _ in range(20):
        async with bulletin.database.reading() as session:
            await _now(session)
        async with bulletin.database.transaction() as session:
            assert await _now(session) == await _now(session)


async def test_what_is_written_while_reading_is_an_error(bulletin: ServiceUnderTest) -> None:
    with pytest.raises(AssertionError, match="in a transaction"):
        async with bulletin.database.reading() as session:
            session.add(Bulletin(title="lost", slug="lost"))

    async with bulletin.database.transaction() as session:
        assert not (await session.execute(text("SELECT EXISTS (SELECT FROM bulletin)"))).scalar_one()
