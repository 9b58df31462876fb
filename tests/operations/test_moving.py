"""From the embedded platform to a server and Kafka, with the data."""

from __future__ import annotations

from pathlib import Path

import httpx
from sqlalchemy import text

from services.registry import SERVICES
from shared.storage.database import Database
from tests.faults.instance import Instance
from tests.faults.stream import Attempt, new_word
from tests.operations.publishing import looks_right, open_accounts
from tests.operations.runbook import Operator, commands
from tests.support.brokers import broker
from tests.support.postgres import TestServer

RUNBOOK = commands("move.md")
PREFIX = "moved_"


async def test_everything_moves_and_goes_on(home: Path, server: TestServer) -> None:
    embedded = Instance(home / "data")
    operator = Operator(
        home,
        {
            "DEMAIN_DATA_DIR": str(embedded.folder),
            "DEMAIN_DATABASE_PREFIX": PREFIX,
            "BACKUP": str(home / "backup"),
            "SERVER": server.maintenance.dsn,
        },
    )
    embedded.environ["DEMAIN_DATABASE_PREFIX"] = PREFIX
    try:
        await embedded.start()
        stream = await open_accounts(embedded)
        async with httpx.AsyncClient(base_url=embedded.url, timeout=60, trust_env=False) as http:
            stream.attempts = [Attempt(new_word()) for _ in range(4)]
            for one in stream.attempts:
                await stream.publish(http, one)
    finally:
        await embedded.stop()

    (blocks,) = RUNBOOK.values()
    assert len(blocks) == 2
    for block in blocks:
        await operator.run(block)

    async with broker() as started:
        distributed = Instance(
            home / "elsewhere",
            {
                "DATABASE_URL": server.maintenance.dsn,
                "DEMAIN_DATABASE_PREFIX": PREFIX,
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{started.port}",
            },
        )
        try:
            await distributed.start()
            await looks_right(distributed, stream, kept=stream.attempts)
            assert min(await _epochs(server)) > 1_000_000_000, "a service goes on as if nothing had moved"
        finally:
            await distributed.stop()


async def _epochs(server: TestServer) -> list[int]:
    """The epoch of each service that was moved."""
    found: list[int] = []
    for service in SERVICES:
        if service.projection is None:
            database = Database(service.name, server.maintenance.elsewhere(f"{PREFIX}{service.name}"))
            async with database.reading() as session:
                found.append(int((await session.execute(text("SELECT epoch FROM lineage"))).scalar_one()))
            await database.close()
    return found
