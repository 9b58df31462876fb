"""Which workers a service has, also when its start had to be tried again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.search.service import SERVICE
from shared.runtime import workers
from shared.runtime.metrics import Metrics
from shared.runtime.platform import Platform
from shared.runtime.supervisor import Supervisor
from shared.search_index.port import IndexUnavailable
from tests.support.postgres import TestServer


class LateIndex:
    """An index that cannot be read the first time."""

    def __init__(self) -> None:
        self.asked = 0

    async def needs_rebuild(self) -> bool:
        self.asked += 1
        if self.asked == 1:
            raise IndexUnavailable("not yet")
        return False


async def test_a_start_that_is_tried_again_begins_no_worker_twice(server: TestServer) -> None:
    async with server.database(SERVICE) as database:
        supervisor = Supervisor(Metrics())
        platform: Any = SimpleNamespace(
            supervisor=supervisor,
            resources={SERVICE.name: SimpleNamespace(database=database, index=LateIndex())},
            log=None,
            denials=None,
            metrics=Metrics(),
            consumers={},
            projectors={},
        )
        with pytest.raises(IndexUnavailable):
            await workers._start_service(cast(Platform, platform), SERVICE)
        await workers._start_service(cast(Platform, platform), SERVICE)

        names = [part.name for part in supervisor.parts()]
        await supervisor.stop(5)
    assert sorted(names) == ["housekeeping search", "projector search", "relay search"]
