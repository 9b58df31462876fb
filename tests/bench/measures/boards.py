"""The board of a call with 2,000 applications, as who runs the call reads it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import uvloop
from sqlalchemy import text

from services.registry import SERVICES
from shared.clients.partners import PartnersClient
from shared.runtime.wiring import Wiring
from shared.settings import Settings
from tests.bench.bench import Bench
from tests.bench.measures.pages import beside_bare
from tests.bench.table import Row
from tests.bench.writers import signed_in

APPLICATIONS = 2_000

_FILL = text("""
    INSERT INTO application (id, version, call_id, organization_id, created_by, title, summary, proposal, testing,
        place, themes, territories, state, created_at, updated_at, submitted_at)
    SELECT gen_random_uuid(), 1, :call, organization.id, gen_random_uuid(), 'Proposition ' || n, 'Une rue, un hiver.',
        words, words, 'Lyon', '{energy}', '{lyon}', 'submitted', now(), now() - n * interval '1 second', now()
    FROM generate_series(1, :many) AS n,
        LATERAL (SELECT repeat('On y compte les bancs, les arbres et les fontaines. ', 20)) AS said(words),
        LATERAL (SELECT id FROM organization ORDER BY id LIMIT 1) AS organization
""")


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    call, token, deep = uvloop.run(_filled(bench))
    listed = f"/api/calls/{call}/applications?limit=50"
    for name, path in (
        ("board of 2,000 applications, API, 50", listed),
        ("board, a thousand down, 50", f"{listed}&cursor={deep}"),
        ("board, how many in each state", f"/api/calls/{call}/applications/counts"),
    ):
        yield from beside_bare(bench, name, path, token)


async def _filled(bench: Bench) -> tuple[str, str, str]:
    token = await signed_in(bench, "organizer")
    async with PartnersClient(f"http://127.0.0.1:{bench.platform.port}") as partners:
        call = (await partners.calls(token=token, mine=True)).items[0]
        wiring = Wiring(Settings(data_dir=bench.data), SERVICES)
        async with bench.server() as server:
            database = wiring.database(server, "partners")
            try:
                async with database.transaction() as session:
                    await session.execute(_FILL, {"call": UUID(call.id), "many": APPLICATIONS})
            finally:
                await database.close()
        cursor: str | None = None
        for _ in range(APPLICATIONS // 100):
            cursor = (await partners.applications(call.id, token=token, cursor=cursor, limit=50)).next
        assert cursor is not None
        return call.id, token, cursor
