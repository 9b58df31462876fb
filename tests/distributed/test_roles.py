"""One process answers and does not work, another works and does not answer; together they are the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from tests.support.processes import Process, distributed
from tests.support.waiting import eventually

PROBES = {"/healthz": 200, "/readyz": 200, "/metrics": 200}


async def _statuses(process: Process, *paths: str) -> dict[str, int]:
    async with httpx.AsyncClient(base_url=process.url, trust_env=False, timeout=60) as http:
        return {path: (await http.get(path)).status_code for path in paths}


async def _parts(process: Process) -> set[str]:
    """What the process has at work."""
    async with httpx.AsyncClient(base_url=process.url, trust_env=False, timeout=60) as http:
        answer: dict[str, Any] = (await http.get("/readyz")).json()
    return {part["name"] for part in answer["parts"]}


async def test_who_answers_and_who_works(folder: Path) -> None:
    async with distributed(folder, services=("identity",)) as platform, platform.beside() as parts:

        async def waiting() -> int:
            async with parts.resources["contributions"].database.reading() as session:
                return int((await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one())

        api = await platform.start("contributions", "--api")
        assert await _statuses(api, *PROBES, "/api/themes") == {**PROBES, "/api/themes": 200}
        assert await _parts(api) == {"database contributions", "loop lag", "denials"}
        told = await waiting()
        assert told > 0, "the themes a forum starts with were defined, and nobody tells of them"

        worker = await platform.start("contributions", "--worker")
        await eventually(lambda: _is_none(waiting), deadline=120, every=0.1)
        assert await _statuses(worker, *PROBES, "/api/themes") == {**PROBES, "/api/themes": 404}
        assert {"relay contributions", "consumer contributions", "schedule contributions"} <= await _parts(worker)
        assert await api.stop() == await worker.stop() == 0


async def _is_none(count: Any) -> bool:
    return bool(await count() == 0)
