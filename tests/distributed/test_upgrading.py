"""An upgrade as deploy/runbooks/upgrade.md has it, under a load that never pauses: nobody is refused, nothing is lost.

The code before is this one; the code after is this one with migrations that only expand, made by the test. At the end
the control: a migration that takes away what the running code needs fails the same load.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.contributions.service import SERVICE
from services.identity.cli import grant
from shared.contracts.contributions import CONTRIBUTIONS
from shared.storage import migrations
from tests.faults.stream import Attempt, Stream, new_word
from tests.messaging.working import messages
from tests.support.histories import gone_on
from tests.support.processes import Process, distributed
from tests.support.waiting import eventually

PATIENCE = 120.0
"""Seconds that anything may take on a machine with other work."""
PACE = 0.1
"""Seconds between two texts of a writer: the processors are for the processes that start meanwhile."""
EXPAND = """
    op.add_column("contribution", sa.Column("remark", sa.Text, nullable=True))
    op.add_column("contribution", sa.Column("weight", sa.Integer, nullable=False, server_default="1"))
    op.create_table("remark", sa.Column("id", sa.Integer, sa.Identity(), primary_key=True))
"""
INDEX = """
    with op.get_context().autocommit_block():
        op.create_index("ix_contribution_weight", "contribution", ["weight"], postgresql_concurrently=True)
"""
CARELESS = 'op.alter_column("contribution", "summary", new_column_name="abstract")'


class Front(httpx.AsyncBaseTransport):
    """The proxy before the processes: sends each request once, to the process it is told; counts what each answered."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.answered: Counter[Process] = Counter()
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the process."""
        process = self.process
        request.url = request.url.copy_with(host="127.0.0.1", port=process.port)
        answer = await self._inner.handle_async_request(request)
        self.answered[process] += 1
        return answer

    async def aclose(self) -> None:
        """Close what is kept open."""
        await self._inner.aclose()


@asynccontextmanager
async def load(http: httpx.AsyncClient, stream: Stream, writers: int = 2) -> AsyncIterator[None]:
    """People write, submit and publish while the block runs; the first answer that refuses one of them ends it."""
    enough = asyncio.Event()

    async def write() -> None:
        while not enough.is_set():
            stream.attempts.append(attempt := Attempt(new_word()))
            await stream.publish(http, attempt)
            await asyncio.sleep(PACE)

    async with asyncio.TaskGroup() as group:
        for _ in range(writers):
            group.create_task(write())
        yield
        enough.set()


async def goes_on(stream: Stream) -> None:
    """Wait until some more was published, begun and ended after now."""
    goal = len(stream.attempts) + 3
    await eventually(lambda: len(stream.published) >= goal, deadline=PATIENCE)


async def test_nobody_notices_an_upgrade(folder: Path) -> None:
    newer = gone_on(SERVICE.migrations, folder / "1", revision="t_1", upgrade=EXPAND)
    newer = gone_on(newer, folder / "2", revision="t_2", upgrade=INDEX)
    people = ("expert@demain.example", "editor@demain.example")

    async with distributed(folder, services=("identity",)) as platform:
        identity, old = await platform.start_all("identity", "contributions")
        stream = Stream(identity.url)
        await stream.sign_up(*people)
        front = Front(old)
        async with (
            platform.beside() as parts,
            httpx.AsyncClient(transport=front, base_url="http://forum", timeout=PATIENCE) as http,
        ):
            for email in people:
                await grant(parts.resources["identity"], email, email.partition("@")[0])
            await stream.sign_in(*people)
            address = parts.resources["contributions"].database.address

            async with load(http, stream):
                await goes_on(stream)
                assert await migrations.upgrade(address, newer) == ["t_1", "t_2"]
                await goes_on(stream)
                assert set(front.answered) == {old}, "the code before went on alone on the new tables"
                new = platform.prepare("contributions")
                new.program = ("tests.support.newer", "contributions", str(newer))
                new.launch()
                await new.ready()
                front.process = new
                assert await old.stop() == 0, old.said[-2000:]
                await goes_on(stream)

            assert set(front.answered) == {old, new}
            assert len(stream.attempts) == len(stream.published)
            for attempt in stream.published:
                there = await http.get(f"/api/contributions/{attempt.id}")
                assert (there.status_code, there.json()["state"]) == (200, "published")
            wanted = {attempt.id for attempt in stream.published}

            async def all_told() -> bool:
                return wanted <= {one.key for one in await messages(parts.log, CONTRIBUTIONS.name)}

            await eventually(all_told, deadline=PATIENCE, every=0.2)

            careless = gone_on(newer, folder / "3", revision="t_3", upgrade=CARELESS)
            with pytest.raises(ExceptionGroup) as failed:
                async with load(http, stream):
                    await goes_on(stream)
                    assert await migrations.upgrade(address, careless) == ["t_3"]
                    await goes_on(stream)
            assert await migrations.missing(address, careless) == []
            assert '"status":500' in str(failed.value.exceptions)
