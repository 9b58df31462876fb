"""The server goes away, falls silent, and comes back."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest

from shared.messaging.log import Fenced, Log, LogUnavailable, LogWriter
from tests.conformance.log.backends import Backend
from tests.conformance.log.conftest import MakeTopic
from tests.conformance.log.reading import PATIENCE, append, read_all, read_to_end, read_until

pytestmark = pytest.mark.needs("outage")


async def _away(backend: Backend, how: str) -> None:
    assert backend.proxy is not None
    if how == "cut":
        await backend.proxy.cut()
    else:
        backend.proxy.mute()


async def _notices(action: object, patience: float) -> None:
    """The action raises LogUnavailable, and within its deadline."""
    async with asyncio.timeout(patience):
        with pytest.raises(LogUnavailable):
            while True:
                await action()  # type: ignore[operator]


async def _append_again(writer: LogWriter, topic: str, value: bytes, may_be_fenced: bool) -> None:
    """What the port tells a caller to do: the same records again, by the very same writer.

    A writer that cannot prove to be the newest is opened again; here it may be, nobody else has the name.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await append(writer, topic, [("a", value)])
            return
        except LogUnavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        except Fenced:
            assert may_be_fenced
            await writer.open()


@pytest.mark.parametrize("how", ["cut", "mute"])
async def test_an_outage_is_noticed_and_survived(
    backend: Backend, log: Log, make_topic: MakeTopic, writer: LogWriter, how: str
) -> None:
    topic = await make_topic()
    partitions = await log.partitions(topic.name)
    await append(writer, topic.name, [("a", b"before")])
    reader = log.reader(f"group-{uuid.uuid4().hex[:8]}")
    await reader.assign(partitions)
    read = await read_to_end(reader, partitions, 1)
    assert backend.proxy is not None
    await _away(backend, how)
    try:
        await _notices(lambda: append(writer, topic.name, [("a", b"during")]), backend.patience)
        await _notices(lambda: reader.poll(1), backend.patience)
        await _notices(lambda: reader.end_offsets(partitions), backend.patience)
        await _notices(log.identity, backend.patience) if backend.name == "kafka" else None
        async with asyncio.timeout(backend.patience):
            await reader.commit({partitions[0]: 1})  # for lag only: no error
        fresh = backend.log()
        await _notices(lambda: fresh.partitions(topic.name), backend.patience)
        await _notices(fresh.writer("w").open, backend.patience)
        await fresh.close()
    finally:
        await backend.proxy.restore()
    may_be_fenced = backend.name == "kafka" and how == "mute"
    await _append_again(writer, topic.name, b"during", may_be_fenced)
    await _append_again(writer, topic.name, b"after", may_be_fenced)
    read += await read_until(reader, lambda read: any(r.value == b"after" for r in read))
    values = [r.value for r in read]
    assert values[0] == b"before" and values[-1] == b"after"
    assert set(values) == {b"before", b"during", b"after"}
    assert [r.value for r in await read_all(log, partitions, len(values))] == values
    await reader.close()


@pytest.mark.parametrize("how", ["cut", "mute"])
async def test_closing_is_quick_while_the_server_is_away(backend: Backend, make_topic: MakeTopic, how: str) -> None:
    topic = await make_topic()
    log = backend.log()
    partitions = await log.partitions(topic.name)
    writer, reader = log.writer(f"w-{uuid.uuid4().hex[:8]}"), log.reader(f"g-{uuid.uuid4().hex[:8]}")
    await writer.open()
    await append(writer, topic.name, [("a", b"")])
    await reader.assign(partitions)
    await reader.poll(1)
    await _away(backend, how)
    assert backend.proxy is not None
    try:
        async with asyncio.timeout(backend.patience):
            for _ in range(2):
                await writer.close()
                await reader.close()
                await log.close()
    finally:
        await backend.proxy.restore()


async def test_construction_connects_to_nothing(backend: Backend) -> None:
    assert backend.proxy is not None
    await backend.proxy.cut()
    try:
        log = backend.log()
        writer, reader = log.writer("w"), log.reader("g")
        await reader.close()
        await writer.close()
        await log.close()
    finally:
        await backend.proxy.restore()


async def test_closing_twice_is_nothing(backend: Backend, make_topic: MakeTopic) -> None:
    topic = await make_topic()
    log = backend.log()
    reader, writer = log.reader("g"), log.writer(f"w-{uuid.uuid4().hex[:8]}")
    await writer.open()
    await reader.assign(await log.partitions(topic.name))
    await reader.poll(0.1)
    for closing in (reader, reader, writer, writer, log, log):
        await closing.close()
