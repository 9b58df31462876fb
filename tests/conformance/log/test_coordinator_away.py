"""An append that meets a broker which refuses goes on once it is back; with kafka-python's own client it does not.

When the control fails, kafka-python keeps the request by itself: `PatientClient` can go.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from kafka.net.compat import KafkaNetClient

from shared.messaging.kafka_log import KafkaLog, KafkaSettings
from shared.messaging.log import LogUnavailable, LogWriter
from tests.conformance.log.backends import KafkaBackend
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import append, read_all
from tests.support.waiting import eventually

_LOST = re.compile(r"node_id=coordinator-.* Connection (lost|closed)")
_REFUSED = re.compile(r"node_id=coordinator-.* Connection lost: .*ECONNREFUSED")

pytestmark = [
    pytest.mark.needs("outage"),
    pytest.mark.parametrize("backend", ["kafka"], indirect=True),
]


@asynccontextmanager
async def _opened(settings: KafkaSettings) -> AsyncIterator[LogWriter]:
    log = KafkaLog(settings)
    writer = log.writer(f"writer-{uuid.uuid4().hex[:12]}")
    await writer.open()
    try:
        yield writer
    finally:
        await writer.close()
        await log.close()


async def _append_while_it_refuses(
    writer: LogWriter, topic: str, backend: KafkaBackend, caplog: pytest.LogCaptureFixture
) -> None:
    """Append; the broker is back once it was asked for as the coordinator, and refused."""
    assert backend.proxy is not None
    caplog.set_level(logging.INFO, "kafka")
    caplog.clear()
    await backend.proxy.cut()
    try:
        await eventually(lambda: _LOST.search(caplog.text))
        appending = asyncio.create_task(append(writer, topic, [("a", b"during")]))
        await eventually(lambda: _REFUSED.search(caplog.text))
    finally:
        await backend.proxy.restore()
    await appending


async def test_it_goes_on(backend: KafkaBackend, make_topic: MakeTopic, caplog: pytest.LogCaptureFixture) -> None:
    topic = await make_topic()
    async with _opened(backend.settings) as writer:
        await append(writer, topic.name, [("a", b"before")])
        await _append_while_it_refuses(writer, topic.name, backend, caplog)
    log = backend.log()
    found = await read_all(log, await log.partitions(topic.name), 2)
    await log.close()
    assert [one.value for one in found] == [b"before", b"during"]


async def test_control_with_the_librarys_own_client_the_records_wait_in_vain(
    backend: KafkaBackend,
    make_topic: MakeTopic,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = KafkaSettings.producer_options

    def theirs(settings: KafkaSettings, transactional_id: str) -> dict[str, Any]:
        return ours(settings, transactional_id) | {"kafka_client": KafkaNetClient}

    topic = await make_topic()
    monkeypatch.setattr(KafkaSettings, "producer_options", theirs)
    async with _opened(dataclasses.replace(backend.settings, append_timeout_ms=4000)) as writer:
        await append(writer, topic.name, [("a", b"before")])
        with pytest.raises(LogUnavailable):
            await _append_while_it_refuses(writer, topic.name, backend, caplog)
