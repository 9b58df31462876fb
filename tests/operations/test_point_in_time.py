"""Back to an instant, with PostgreSQL's archive, while Kafka knows what came after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.instance import Instance
from tests.operations.own_server import own_server
from tests.operations.publishing import looks_right, open_accounts, published, under_load
from tests.operations.runbook import commands
from tests.support import brokers, tansu

RUNBOOK = commands("backup.md")


@pytest.mark.skipif(
    not brokers.is_apache(), reason=f"what is gone is looked for on the log: {tansu.LACKS['open_end']}: make test-kafka"
)
async def test_what_came_after_the_instant_is_gone_everywhere(home: Path) -> None:
    (archive,) = RUNBOOK["Keep an archive"]
    (base,) = RUNBOOK["Take a base"]
    (back,) = RUNBOOK["Restore to an instant"]
    async with own_server(home) as server, brokers.broker() as kafka:
        operator = server.operator
        await operator.run(archive)
        bootstrap = f"127.0.0.1:{kafka.port}"
        platform = Instance(home / "data", {"DATABASE_URL": server.url, "KAFKA_BOOTSTRAP_SERVERS": bootstrap})
        try:
            await platform.start()
            stream = await open_accounts(platform)
            async with under_load(stream):
                await published(stream, 2)
                await operator.run(base)
                await published(stream, 2)
                before = list(stream.published)
                instant = (await operator.run('psql "$DATABASE_URL" -Atc "SELECT now()"')).strip()
                began_later = len(stream.attempts)
                await published(stream, 4)
            await platform.stop()
            after = [one for one in stream.attempts[began_later:] if one.published]
            assert after

            await operator.run(back, INSTANT=instant)
            await platform.start()
            await looks_right(platform, stream, kept=before, lost=after)
        finally:
            await platform.stop()
