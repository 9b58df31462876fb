"""Which workers a service has, also when its start had to be tried again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.search.service import SERVICE
from shared.messaging.lineage import Lineage
from shared.runtime import workers
from shared.runtime.metrics import Metrics
from shared.runtime.platform import Platform
from shared.runtime.process_role import ProcessRole
from shared.runtime.service import Service, Worker
from shared.runtime.supervisor import Supervisor
from shared.storage.database import Database
from tests.support.postgres import TestServer


async def test_a_start_that_is_tried_again_begins_no_worker_twice(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = workers.begin
    tries = 0

    async def begins_late(service: Service, database: Database) -> Lineage:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("not yet")
        return await begun(service, database)

    monkeypatch.setattr(workers, "begin", begins_late)
    async with server.database(SERVICE) as database:
        supervisor = Supervisor(Metrics())
        platform: Any = SimpleNamespace(
            supervisor=supervisor,
            resources={SERVICE.name: SimpleNamespace(database=database, index=SimpleNamespace())},
            log=None,
            denials=None,
            metrics=Metrics(),
            consumers={},
            projectors={},
            role=ProcessRole.WHOLE,
        )
        with pytest.raises(OSError, match="not yet"):
            await workers._start_service(cast(Platform, platform), SERVICE)
        await workers._start_service(cast(Platform, platform), SERVICE)

        names = [part.name for part in supervisor.parts()]
        await supervisor.stop(5)
    assert sorted(names) == ["housekeeping search", "projector search", "relay search"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (ProcessRole.API, ["live forum"]),
        (ProcessRole.WORKER, ["housekeeping forum", "postman forum", "relay forum"]),
        (ProcessRole.WHOLE, ["housekeeping forum", "live forum", "postman forum", "relay forum"]),
    ],
)
async def test_each_role_has_its_work(server: TestServer, role: ProcessRole, expected: list[str]) -> None:
    class Resting:
        async def run(self) -> None:
            await asyncio.Event().wait()

        def complaint(self) -> None:
            return None

    workers_ = (Worker("postman", lambda _: Resting()), Worker("live", lambda _: Resting(), ProcessRole.API))
    service = replace(SERVICE, name="forum", projection=None, render=None, workers=workers_)
    async with server.database(SERVICE) as database:
        supervisor = Supervisor(Metrics())
        platform: Any = SimpleNamespace(
            supervisor=supervisor,
            resources={"forum": SimpleNamespace(database=database, index=None)},
            log=None,
            denials=None,
            metrics=Metrics(),
            role=role,
        )
        database.epoch = 0
        await workers._start_service(cast(Platform, platform), service)
        names = [part.name for part in supervisor.parts()]
        await supervisor.stop(5)
    assert sorted(names) == expected
    assert database.epoch > 0, "the lineage is looked at before any command, whoever runs it"
