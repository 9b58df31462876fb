"""A debate with ten thousand arguments: its page, a list of one position, and a page far down a list."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import uvloop
from sqlalchemy import text

from services.registry import SERVICES
from shared.runtime.wiring import Wiring
from shared.settings import Settings
from tests.bench.bench import Bench
from tests.bench.measures.pages import beside_bare
from tests.bench.table import Row

ARGUMENTS = 10_000

_FILL = text("""
    INSERT INTO argument (ordinal, id, version, debate_id, answers, position, language, body, body_html, text, author,
        made_at, state, endorsements, replies, reports)
    SELECT 1, gen_random_uuid(), 1, :debate, NULL, (ARRAY['for', 'against', 'nuance'])[1 + n % 3], 'fr', words,
        '<p>' || words || '</p>', words, gen_random_uuid(), now() - n * interval '1 second', 'shown', n % 97, 0, 0
    FROM generate_series(1, :many) AS n,
        LATERAL (SELECT repeat('On y compte les bancs, les arbres et les fontaines. ', 6)) AS said(words)
""")
_COUNT = text("""
    UPDATE debate SET arguments_for = (SELECT count(*) FROM argument WHERE debate_id = :debate AND position = 'for'),
        arguments_against = (SELECT count(*) FROM argument WHERE debate_id = :debate AND position = 'against'),
        arguments_nuance = (SELECT count(*) FROM argument WHERE debate_id = :debate AND position = 'nuance')
    WHERE id = :debate
""")


def rows(bench: Bench) -> Iterator[Row]:
    """See the module."""
    debate = _get(bench, "/api/debates?phase=open&limit=1")["items"][0]
    uvloop.run(_fill(bench, UUID(debate["id"])))
    listed = f"/api/debates/{debate['id']}/arguments?limit=50"
    deep, cursor = listed, None
    for _ in range(40):
        cursor = _get(bench, deep)["next"]
        deep = f"{listed}&cursor={cursor}"
    for name, path in (
        ("debate with 10,000 arguments", debate["url"]),
        ("its arguments API, 50", listed),
        ("its arguments API, 50, two thousand down", deep),
    ):
        yield from beside_bare(bench, name, path)


def _get(bench: Bench, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{bench.platform.port}{path}") as answer:
        return json.load(answer)


async def _fill(bench: Bench, debate: UUID) -> None:
    wiring = Wiring(Settings(data_dir=bench.data), SERVICES)
    async with bench.server() as server:
        database = wiring.database(server, "contributions")
        try:
            async with database.transaction() as session:
                await session.execute(_FILL, {"debate": debate, "many": ARGUMENTS})
                await session.execute(_COUNT, {"debate": debate})
        finally:
            await database.close()
