"""Who follows a debate while the platform is stopped gets an answer that ends, and holds nobody up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from shared.clients.contributions import DebatesClient
from tests.journeys.instance import demain_run


async def test_a_stream_ends_as_an_answer_does_when_the_platform_stops(tmp_path: Path) -> None:
    """Cut off at the servers' deadline it would be an answer that breaks off, which httpx raises."""
    tmp_path.chmod(0o755)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        async with demain_run(tmp_path) as instance, DebatesClient(instance.url) as debates:
            debate = (await debates.page(phase="open")).items[0]
            began, lines = asyncio.Event(), []

            async def follow() -> int:
                async with http.stream("GET", f"{instance.url}/debats/{debate.id}/direct") as answer:
                    async for line in answer.aiter_lines():
                        lines.append(line)
                        began.set()
                    return answer.status_code

            following = asyncio.create_task(follow())
            async with asyncio.timeout(30):
                await began.wait()
            assert not following.done()
        async with asyncio.timeout(5):
            assert await following == 200
    assert lines[0] == "retry: 3000"
