"""The broker of the platform under test, behind a proxy: Apache Kafka, or the light one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.faults.storm.slow_proxy import SlowProxy
from tests.support import brokers, tansu
from tests.support.apache_kafka import ApacheKafka
from tests.support.waiting import eventually

PATIENCE = 90.0


class BrokerServer:
    """A broker that can be taken away; clients always find it at one address."""

    def __init__(self) -> None:
        self.proxy = SlowProxy(self._connect)
        self._port = 0
        self._stack = AsyncExitStack()
        self._apache: ApacheKafka | None = None
        self.lacks: dict[str, str] = {}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.proxy.port}"

    @property
    def name(self) -> str:
        """Which one it is."""
        return "Apache Kafka" if brokers.is_apache() else "Tansu, in memory"

    @property
    def survives_a_restart(self) -> bool:
        """Whether it keeps what was appended when it is killed."""
        return self._apache is not None

    async def start(self) -> None:
        """Start it with nothing on it. Raises NoJava."""
        if brokers.is_apache():
            self._apache = await self._stack.enter_async_context(ApacheKafka(advertised_port=self.proxy.port))
            self._port = self._apache.brokers[0].port
        else:
            light = await self._stack.enter_async_context(tansu.Tansu(advertised_port=self.proxy.port))
            self._port, self.lacks = light.port, dict(tansu.LACKS)
        await self.proxy.start()

    def kill(self) -> None:
        """kill -9."""
        assert self._apache is not None
        self._apache.brokers[0].kill()

    def pause(self) -> None:
        """It accepts, keeps its connections, and answers nothing."""
        assert self._apache is not None
        self._apache.brokers[0].pause()

    def go_on(self) -> None:
        """Undo `pause`."""
        assert self._apache is not None
        self._apache.brokers[0].go_on()

    async def start_again(self) -> None:
        """Start a killed one on what it left."""
        assert self._apache is not None
        broker = self._apache.brokers[0]
        if not broker.is_running:
            broker.start()
        await eventually(broker.accepts, deadline=PATIENCE, every=0.2)

    async def end(self) -> None:
        """Stop it for good."""
        await self.proxy.cut()
        await self._stack.aclose()
