from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.messaging.log import Log, LogWriter, Topic, TopicKind
from tests.conformance.log.backends import Backend, create_topics, running

MakeTopic = Callable[..., Awaitable[Topic]]


@pytest.fixture(scope="session", params=["postgres", "kafka"])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    async with running(request.param) as there:
        yield there


@pytest.fixture(autouse=True)
def needed(request: pytest.FixtureRequest) -> None:
    """``@pytest.mark.needs("fencing")`` skips a case where the server cannot do it, and says why."""
    if "backend" not in request.fixturenames:
        return
    there: Backend = request.getfixturevalue("backend")
    for mark in request.node.iter_markers("needs"):
        for ability in mark.args:
            if ability in there.lacks:
                pytest.skip(f"needs {ability}: {there.lacks[ability]}")


@pytest.fixture
async def log(backend: Backend) -> AsyncIterator[Log]:
    log = backend.log()
    yield log
    await log.close()


@pytest.fixture
def make_topic(log: Log) -> MakeTopic:
    async def make(kind: TopicKind = TopicKind.STATE, **more: object) -> Topic:
        topic = Topic(f"test.{uuid.uuid4().hex[:12]}", kind, **more)  # type: ignore[arg-type]
        await create_topics(log, [topic])
        return topic

    return make


@pytest.fixture
async def writer(log: Log) -> AsyncIterator[LogWriter]:
    writer = log.writer(f"writer-{uuid.uuid4().hex[:12]}")
    await writer.open()
    yield writer
    await writer.close()
